import { Button, Modal, Table } from "@mantine/core";
import { useEffect, useState } from "react";
import { bridge, session, useSession } from "../state/session.ts";

export function About() {
  const open = useSession((state) => state.dialog === "about");
  const info = useSession((state) => state.info);
  const [shell, setShell] = useState<Readonly<Record<string, string>>>({});
  useEffect(() => {
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
      <Button
        mt={12}
        variant="default"
        onClick={() => void bridge.copyText(rows.map(([name, value]) => `${name}: ${value}`).join("\n"))}
      >
        Copy
      </Button>
    </Modal>
  );
}
