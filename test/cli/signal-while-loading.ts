// For `node --import`: the process sends itself SIGNAL_WITH as soon as a module whose URL ends with SIGNAL_AT is loaded. As
// PID 1 of a container the kernel drops it where nobody has subscribed by then, as it does one of the kubelet's.
import { registerHooks } from "node:module";

const { SIGNAL_AT: module = "", SIGNAL_WITH: signal = "SIGTERM" } = process.env;
let isSent = false;
registerHooks({
  load(url, context, next) {
    if (!isSent && url.endsWith(module)) {
      isSent = true;
      process.kill(process.pid, signal);
    }
    return next(url, context);
  },
});
