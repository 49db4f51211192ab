/** Channels between window and shell; nothing else crosses. */
export const channels = {
  call: "edgeloom:call",
  event: "edgeloom:event",
  engine: "edgeloom:engine",
  reconnect: "edgeloom:reconnect",
  commands: "edgeloom:commands",
  menu: "edgeloom:menu",
  versions: "edgeloom:versions",
  showFolder: "edgeloom:show-folder",
  copyText: "edgeloom:copy-text",
  preferences: "edgeloom:preferences",
  setPreferences: "edgeloom:set-preferences",
  recent: "edgeloom:recent",
  openRecent: "edgeloom:open-recent",
  act: "edgeloom:act",
} as const;
