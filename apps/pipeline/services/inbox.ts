import { mkdir } from "node:fs/promises";
import { type FileEvent, watch } from "@pawl/background";
import { Service } from "pawl";

/** Tells of every file that is in the folder, comes into it or changes there, once it is written in full. */
export class Inbox extends Service {
  readonly folder: string;

  constructor(folder: string) {
    super();
    this.folder = folder;
  }

  override async onStart(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    watch(this, this.folder, this.onChange, { initial: true, settle: "200ms" });
    this.log.info(`watching ${this.folder}`);
  }

  onChange({ kind, path, isDirectory }: FileEvent): void {
    if (kind !== "deleted" && !isDirectory) this.emit("file:arrived", { path });
  }
}
