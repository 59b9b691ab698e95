// What goes wrong with an identity provider: it answers late, or not at all.

// What services ask, without a browser.
const BACK = new Set(["/oidc/token", "/oidc/me"]);

/** Keep the provider's answers back as the settings say. */
export function hindered(state) {
  return (request, response, next) => {
    if (state.down === true || (state.down === "back" && BACK.has(request.originalUrl.split("?")[0]))) {
      request.socket.destroy();
      return;
    }
    if (state.late) setTimeout(next, state.late);
    else next();
  };
}
