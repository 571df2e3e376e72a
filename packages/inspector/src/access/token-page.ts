/** Asks for the token; nothing of the app stands on it. */
export function tokenPage(route: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Token</title>
  </head>
  <body>
    <form method="post" action="${route}/token">
      <label>Token <input type="password" name="token" autocomplete="current-password" required autofocus></label>
      <button>Open</button>
    </form>
  </body>
</html>
`;
}
