// The page opens offline where it was opened before: what it is made of is kept, and used when the
// service does not answer. Nothing else is kept; what is asked of /v1 goes its own way.

const KEPT = "numerist";
const PAGE = ["./", "manifest.webmanifest", "icon-180.png", "icon-192.png", "icon-512.png"];
const ADDRESSES = PAGE.map((name) => new URL(name, location.href).href);

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(PAGE)));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

/** What the service answers, kept for later; what was kept if it does not. */
async function freshOrKept(request) {
  const kept = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok) await kept.put(request, answer.clone());
    return answer;
  } catch {
    return (await kept.match(request, { ignoreSearch: true })) ?? Response.error();
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = request.url.split(/[?#]/)[0];
  if (request.method === "GET" && ADDRESSES.includes(address)) event.respondWith(freshOrKept(request));
});
