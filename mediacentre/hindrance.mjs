// What goes wrong with an identity provider: it answers late, or not at all.

/** Keep the provider's answers back as the settings say. */
export function hindered(state) {
  return (request, response, next) => {
    if (state.down) {
      request.socket.destroy();
      return;
    }
    if (state.late) setTimeout(next, state.late);
    else next();
  };
}
