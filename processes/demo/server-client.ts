/** What demos and tests speak to a server with: its HTTP interface, as JSON. */

/** A JSON client for one server, speaking as `actor` where nobody signs in. Throws with the problem's title and detail when the answer is not 2xx. */
export function serverClient(baseUrl: string, actor = "demo") {
  return async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(new URL(path, baseUrl), {
      method,
      headers: {
        accept: "application/json",
        "interlock-actor": actor,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as Answer;
  };
}
