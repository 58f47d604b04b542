// Only where the page is served: it can be installed, opens offline, and can learn from all of MNIST.

/** All of MNIST that is to learn from, packed; an Error if the service has none or is not reached. */
async function fetchEverything() {
  const answer = await fetch("mnist");
  if (!answer.ok) throw new Error(answer.status === 404 ? "noMnist" : "noAnswer");
  return answer.arrayBuffer();
}

if (packedDigits()) training.offerMore(fetchEverything); // no digits in the page: none to be fetched
navigator.serviceWorker?.register("sw.js").catch(() => {}); // without it the page works all the same
