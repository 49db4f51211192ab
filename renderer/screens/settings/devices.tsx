import { Loader } from "@mantine/core";
import { useEffect, useState } from "react";
import type { DeviceSummary, UserErrorValue } from "../../../preload/contract.ts";
import { bridge } from "../../state/session.ts";

/** What can compute networks here, which of it is taken, and what the others need. */
export function DeviceSettings() {
  const [devices, setDevices] = useState<readonly DeviceSummary[] | UserErrorValue>();
  useEffect(() => {
    let shown = true;
    void bridge.call("devices", {}).then((answer) => {
      if (shown) setDevices(answer.ok ? answer.value : answer.error);
    });
    return () => {
      shown = false;
    };
  }, []);
  if (devices === undefined) {
    return (
      <p role="status">
        <Loader size="xs" type="dots" /> Trying out what there is
      </p>
    );
  }
  if (!("length" in devices)) return <p role="alert">{`${devices.message} ${devices.hint}`}</p>;
  return (
    <>
      <p>A run's own field "device" can name another one than what is taken here.</p>
      <ul className="settings-devices">
        {devices.map(({ id, title, available, chosen, reason, needs }) => (
          <li key={id} data-device={id} data-available={available}>
            <strong>{title}</strong>
            <span className="breakable">
              <span className={available ? "device-there" : "dim"}>
                {chosen ? "Taken by itself" : available ? "There" : "Not there"}
              </span>
              : {reason}.
            </span>
            {available ? null : <span className="dim breakable">{needs}</span>}
          </li>
        ))}
      </ul>
    </>
  );
}
