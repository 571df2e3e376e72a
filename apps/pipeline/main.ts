import { App } from "pawl";
import { providers } from "./providers.ts";
import { settings } from "./settings.ts";
import { Status } from "./status.ts";

const app = new App({ name: "pipeline", providers, routes: [Status], http: { port: settings.port } });
await app.run();
