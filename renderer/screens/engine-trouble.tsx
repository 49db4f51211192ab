import { Button, Group } from "@mantine/core";
import { useEffect, useState } from "react";
import { bridge } from "../state/session.ts";
import { act, copyText } from "../state/shell.ts";

/** What to do about an engine that does not run: start it, take its details along, look into its log. */
export function EngineTrouble({ text, restart }: { readonly text: string; readonly restart: string }) {
  const about = useAbout();
  const [copied, setCopied] = useState(false);
  return (
    <Group gap={8}>
      <Button size="compact-sm" onClick={() => void bridge.reconnect()}>
        {restart}
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => void copyText(`${text}\n\n${about}`).then(setCopied)}
        aria-live="polite"
      >
        {copied ? "Copied" : "Copy details"}
      </Button>
      <Button size="compact-sm" variant="default" onClick={() => act("show-engine-log")}>
        Show the log
      </Button>
    </Group>
  );
}

/** The versions as lines of text, for details that a person takes along. */
export function useAbout(): string {
  const [about, setAbout] = useState("");
  useEffect(() => {
    void bridge.versions().then((versions) =>
      setAbout(
        Object.entries(versions)
          .map(([name, value]) => `${name}: ${value}`)
          .join("\n"),
      ),
    );
  }, []);
  return about;
}
