import { Button, Group, Modal, Table } from "@mantine/core";
import { useEffect, useState } from "react";
import { bridge, session, useSession } from "../state/session.ts";
import { act, copyText } from "../state/shell.ts";

export function About() {
  const open = useSession((state) => state.dialog === "about");
  const info = useSession((state) => state.info);
  const [shell, setShell] = useState<Readonly<Record<string, string>>>({});
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    setCopied(false);
    if (open) void bridge.versions().then(setShell);
  }, [open]);
  const rows: [string, string][] = [
    ...Object.entries(shell),
    ...(info === undefined
      ? []
      : ([
          ["Engine", `${info.version}, process ${info.pid}`],
          ["Node in the engine", info.node],
          ["Kernels", info.kernelBuild],
          ["Protocol", String(info.protocol)],
          ["Data folder", info.dataFolder],
        ] satisfies [string, string][])),
  ];
  return (
    <Modal opened={open} onClose={() => session.set({ dialog: undefined })} title="About Edgeloom" size="lg">
      <Table className="plain-table">
        <Table.Tbody>
          {rows.map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row">{name}</Table.Th>
              <Table.Td className="breakable">{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <p>MIT licence. What it is made of has licences of its own, which are in one file.</p>
      <Group gap={8}>
        <Button
          variant="default"
          onClick={() => void copyText(rows.map(([name, value]) => `${name}: ${value}`).join("\n")).then(setCopied)}
        >
          {copied ? "Copied" : "Copy"}
        </Button>
        <Button variant="default" onClick={() => act("show-licences")}>
          Show the licences
        </Button>
      </Group>
    </Modal>
  );
}
