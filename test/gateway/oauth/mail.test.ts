// Owns the promises of sending mail, against a mail server of our own over a socket.

import { createServer, type Server, type Socket } from "node:net";
import t from "tap";
import type { Fault } from "../../../src/base/faults.js";
import { createMailer, type MailSettings, mailOf } from "../../../src/gateway/oauth/mail.js";

type Sink = { port: number; mails: { to: string[]; data: string }[]; close: () => Promise<void> };

/** Takes every mail but those to `refused@…`. */
async function openSink(): Promise<Sink> {
  const mails: Sink["mails"] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    let mail = { to: [] as string[], data: "" };
    let inData = false;
    let buffered = "";
    const say = (line: string) => void socket.write(`${line}\r\n`);
    const take = (line: string) => {
      if (inData) {
        if (line !== ".") {
          mail.data += `${line}\n`;
          return;
        }
        inData = false;
        mails.push(mail);
        mail = { to: [], data: "" };
        say("250 taken");
      } else if (/^EHLO|^HELO/i.test(line)) say("250 sink");
      else if (/^RCPT TO:<refused@/i.test(line)) say("550 nobody of that name");
      else if (/^RCPT TO:/i.test(line)) {
        mail.to.push(/<([^>]*)>/.exec(line)?.[1] ?? "");
        say("250 ok");
      } else if (/^DATA/i.test(line)) {
        inData = true;
        say("354 go on");
      } else if (/^QUIT/i.test(line)) {
        say("221 bye");
        socket.end();
      } else say("250 ok");
    };
    socket.on("data", (chunk) => {
      buffered += chunk.toString();
      const lines = buffered.split("\r\n");
      buffered = lines.pop() ?? "";
      for (const line of lines) take(line);
    });
    say("220 sink");
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    mails,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

const settings = (port: number): MailSettings => ({
  host: "127.0.0.1",
  port,
  secure: false,
  user: "",
  password: "",
  from: "Town <no-reply@town.example>",
});

const DATA = {
  username: "alice",
  siteTitle: "Town <b>&\r\nBcc: evil@evil.example",
  siteUrl: "https://town.example",
  link: "https://town.example/auth/confirm?token=x&y=<z>",
};

t.test("a mail goes out as text and HTML, with its link", async (t) => {
  const sink = await openSink();
  const mailer = createMailer(settings(sink.port));
  t.teardown(async () => {
    mailer.close();
    await sink.close();
  });
  t.equal(await mailer.send("confirm-email", "alice@mail.example", DATA), null);
  const [mail] = sink.mails;
  t.strictSame(mail?.to, ["alice@mail.example"]);
  t.match(mail?.data, /^From: Town <no-reply@town\.example>$/m);
  t.match(mail?.data, /^Content-Type: multipart\/alternative/m);
  t.match(mail?.data, /^Auto-Submitted: auto-generated$/m);
});

t.test("SEC-88 neither the site's title nor an address can add a header", async (t) => {
  const sink = await openSink();
  const mailer = createMailer(settings(sink.port));
  t.teardown(async () => {
    mailer.close();
    await sink.close();
  });
  await mailer.send("reset-password", "a@mail.example\r\nRCPT TO:<evil@evil.example>", DATA);
  await mailer.send("reset-password", "alice@mail.example", DATA);
  t.ok(sink.mails.length >= 1);
  for (const mail of sink.mails) {
    const head = mail.data.slice(0, mail.data.indexOf("\n\n"));
    t.notMatch(head, /^Bcc:/im);
    t.notOk(mail.to.includes("evil@evil.example"));
  }
});

t.test("what cannot be sent is told to whoever waits, or to the log", async (t) => {
  const sink = await openSink();
  const failures: Fault[] = [];
  let told = () => {};
  const first = new Promise<void>((resolve) => {
    told = resolve;
  });
  const mailer = createMailer(settings(sink.port), (why) => {
    failures.push(why);
    told();
  });
  t.teardown(async () => {
    mailer.close();
    await sink.close();
  });
  t.match(await mailer.send("approved", "refused@mail.example", DATA), {
    fault: "store-unavailable",
    cause: /550/,
  });
  mailer.post("approved", "refused@mail.example", DATA);
  await first;
  t.match(failures, [{ fault: "store-unavailable" }]);
});

t.test("every mail has words, and its HTML is escaped", async (t) => {
  for (const template of ["confirm-email", "approved", "rejected", "reset-password"] as const) {
    const { subject, text, page } = mailOf(template, DATA);
    t.match(subject, "Town");
    t.notMatch(subject, /[\r\n]/);
    t.match(text, "Hello @alice,");
    t.equal(text.includes(DATA.link), template !== "rejected", template);
    t.notMatch(page.markup, "<b>");
    t.notMatch(page.markup, "<z>");
  }
});
