// Does every case of its role, one after the other, to each target, and says when all are done.
"use strict";

const query = new URLSearchParams(location.search);
const role = query.get("role");
const targets = JSON.parse(query.get("targets"));
const pages = query.get("pages");
const next = query.get("next");
const cases = JSON.parse(query.get("cases"));
const DEADLINE = 8000;

const wait = (time) => new Promise((done) => setTimeout(done, time));

function form(to, encoding, target, where = document) {
  const form = where.createElement("form");
  form.method = "post";
  form.action = to;
  form.enctype = encoding;
  if (target) form.target = target;
  const field = where.createElement("input");
  field.name = "payee";
  field.value = "mallory";
  form.append(field);
  where.body.append(form);
  form.submit();
}

function frame(attributes) {
  const frame = document.createElement("iframe");
  for (const [name, value] of Object.entries(attributes)) frame.setAttribute(name, value);
  document.body.append(frame);
  return frame;
}

let frames = 0;
function formInFrame(to, encoding) {
  const name = `frame${++frames}`;
  frame({ name });
  form(to, encoding, name);
}

const markup = (to) =>
  `<form method="post" action="${to}"><input name="payee" value="mallory"></form><script>document.forms[0].submit()<\/script>`;

const URLENCODED = "application/x-www-form-urlencoded";
const json = { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}", credentials: "include" };

async function registration() {
  const registration = await navigator.serviceWorker.register("/worker.js");
  await navigator.serviceWorker.ready;
  return registration;
}

const actions = {
  "form-urlencoded": (to) => formInFrame(to, URLENCODED),
  "form-text-plain": (to) => formInFrame(to, "text/plain"),
  "form-multipart": (to) => formInFrame(to, "multipart/form-data"),
  "form-top-level": (to) => {
    const name = `window${++frames}`;
    const opened = window.open("about:blank", name);
    form(to, URLENCODED, name);
    setTimeout(() => opened?.close(), DEADLINE);
  },
  "fetch-no-cors": (to) => fetch(to, { method: "POST", mode: "no-cors", credentials: "include", body: "a=b" }),
  "fetch-no-cors-omit": (to) => fetch(to, { method: "POST", mode: "no-cors", credentials: "omit", body: "a=b" }),
  "fetch-cors-simple": (to) => fetch(to, { method: "POST", mode: "cors", credentials: "include", body: "a=b" }),
  "fetch-cors-json": (to) => fetch(to, { mode: "cors", ...json }),
  "fetch-cors-put": (to) => fetch(to, { mode: "cors", method: "PUT", credentials: "include", body: "{}" }),
  "fetch-same-origin": (to) => fetch(to, { mode: "same-origin", ...json }),
  xhr: (to) =>
    new Promise((done) => {
      const request = new XMLHttpRequest();
      request.open("POST", to);
      request.withCredentials = true;
      request.onloadend = done;
      request.send("a=b");
    }),
  keepalive: (to) => fetch(to, { method: "POST", mode: "no-cors", keepalive: true, credentials: "include", body: "a=b" }),
  beacon: (to) => navigator.sendBeacon(to, "a=b"),
  "beacon-json": (to) => navigator.sendBeacon(to, new Blob(["{}"], { type: "application/json" })),
  "blob-untyped": (to) =>
    fetch(to, { method: "POST", mode: "no-cors", credentials: "include", body: new Blob(["{}"]) }),
  "blob-json": (to) =>
    fetch(to, { method: "POST", mode: "no-cors", credentials: "include", body: new Blob(["{}"], { type: "application/json" }) }),
  "frame-sandboxed": (to) => frame({ sandbox: "allow-forms allow-scripts", srcdoc: markup(to) }),
  "frame-srcdoc": (to) => frame({ srcdoc: markup(to) }),
  "frame-data": (to) => frame({ src: `data:text/html,${encodeURIComponent(markup(to))}` }),
  "no-referrer": (to) => frame({ src: `/no-referrer.html?to=${encodeURIComponent(to)}` }),
  "redirect-307": (to) => formInFrame(`/redirect/307?to=${encodeURIComponent(to)}`, URLENCODED),
  "redirect-308": (to) => formInFrame(`/redirect/308?to=${encodeURIComponent(to)}`, URLENCODED),
  worker: async (to) => (await registration()).active.postMessage(to),
  websocket: (to) =>
    new Promise((done) => {
      const socket = new WebSocket(to.replace(/^https/, "wss"));
      socket.onclose = socket.onerror = done;
      socket.onopen = () => socket.close();
    }),
  eventsource: (to) =>
    new Promise((done) => {
      const source = new EventSource(to, { withCredentials: true });
      source.onmessage = source.onerror = () => {
        source.close();
        done();
      };
    }),
  image: (to) =>
    new Promise((done) => {
      const image = new Image();
      image.onload = image.onerror = done;
      image.src = to;
    }),
  script: (to) =>
    new Promise((done) => {
      const script = document.createElement("script");
      script.onload = script.onerror = done;
      script.src = to;
      document.body.append(script);
    }),
};

// The servers know when something of a case has arrived; "unsent" cases are not waited for.
async function arrived(marker) {
  const end = Date.now() + DEADLINE;
  while (Date.now() < end) {
    const answer = await fetch(`/seen?marker=${marker}`);
    if ((await answer.text()) === "yes") return;
    await wait(50);
  }
}

async function main() {
  for (const [name, sent] of cases) {
    for (const [target, base] of Object.entries(targets)) {
      const marker = `${name}.${role}.${target}`;
      let done;
      try {
        done = Promise.resolve(actions[name](`${base}/c/${marker}`));
      } catch {
        done = Promise.resolve();
      }
      await Promise.race([done.catch(() => {}), wait(sent ? DEADLINE : 1000)]);
      if (sent) await arrived(marker);
    }
  }
  location.href = next;
}

if (role === "blog") {
  // The toss: a sibling sets what the app calls its session and its CSRF cookie.
  for (const name of ["sessionid", "csrftoken"]) {
    document.cookie = `${name}=tossedtossedtossedtossedtossedto; domain=victim.test; path=/; secure`;
  }
}
main();
