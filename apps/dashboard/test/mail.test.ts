import { describe, expect, test, vi } from "vitest";
import { SmtpServer } from "./smtp-server.ts";
import { RunningApp } from "./start-app.ts";

const main = "../main.ts";

describe("confirmations", () => {
  test("go through the mail server of EMAIL_SMTP_URL", async () => {
    await using smtp = await SmtpServer.open();
    await using app = new RunningApp(main, { EMAIL_SMTP_URL: smtp.url });
    await app.order();
    await vi.waitFor(() => expect(smtp.messages).toHaveLength(1), { timeout: 15_000 });
    expect(smtp.messages[0]).toMatch(/^To: ada@example\.com\r$/m);
    app.program.signal("SIGINT");
    const { code, seconds } = await app.program.ended;
    expect(code).toBe(0);
    expect(seconds).toBeLessThan(5);
  });

  test("that cannot be sent are told, and the shop goes on", async () => {
    const smtp = await SmtpServer.open();
    const { url } = smtp;
    await smtp[Symbol.asyncDispose]();
    await using app = new RunningApp(main, { EMAIL_SMTP_URL: url });
    await app.order();
    await app.program.errorLine(/"level":50.*"service":"email".*"msg":"listener of \\"order:completed\\"/);
    expect(app.program.stderr).toContain("ECONNREFUSED");
    expect((await app.order()).status).toBe(201);
    app.program.signal("SIGTERM");
    const { seconds } = await app.program.ended;
    expect(seconds).toBeLessThan(10);
  });
});
