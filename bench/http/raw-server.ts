// The peer that bounds us: uWebSockets.js itself, answering one fixed body.

import { App, us_socket_local_port } from "uWebSockets.js";

const body = process.argv[2] ?? "";
const app = App();
app.get("/*", (response) => {
  response.cork(() => response.writeHeader("content-type", "application/json").end(body));
});
app.listen("127.0.0.1", 0, (socket) => {
  if (socket === false) throw new Error("no free port on 127.0.0.1");
  process.send?.({ url: `http://127.0.0.1:${us_socket_local_port(socket)}`, token: "" });
});
process.on("disconnect", () => process.exit(0));
