/**
 * Asks for the token; nothing of the app stands on it.
 *
 * @param isWrong whether one was given that is not it
 */
export function tokenPage(route: string, isWrong: boolean): string {
  const problem = isWrong ? `<p role="alert"><strong>This is not the token.</strong></p>` : "";
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Token</title>
  </head>
  <body>
    <h1>Token, please</h1>
    <p>It is the <code>token</code> that the app was given for its <code>inspector()</code>.</p>
    ${problem}
    <form method="post" action="${route}/token">
      <label>Token <input type="password" name="token" autocomplete="current-password" required autofocus></label>
      <button>Open</button>
    </form>
  </body>
</html>
`;
}
