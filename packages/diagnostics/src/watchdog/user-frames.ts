/** The first frames of a stack that are code of the program, neither Node's nor a library's; of any code where it has none. */
export function userFrames(stack: string, most = 3): readonly string[] {
  const frames = stack.split("\n").filter((line) => line !== "");
  const own = frames.filter((frame) => !/[\s(]node:|\/node_modules\//.test(frame));
  return (own.length > 0 ? own : frames).slice(0, most);
}
