// Answers that stay current: asked again, or told by the server; the last one stays while the next is on its way.
import { useEffect, useRef, useState } from "preact/hooks";
import { askJson, Gone, Problem } from "./api";
import { address, go } from "./router";

const kRetryMs = 2000;

// ---- whether the server answers

let gone = false;
const goneChanged = new EventTarget();

export function setGone(now: boolean): void {
  if (gone === now) return;
  gone = now;
  goneChanged.dispatchEvent(new Event("change"));
}

export function useGone(): boolean {
  const [now, setNow] = useState(gone);
  useEffect(() => {
    const update = () => setNow(gone);
    update();
    goneChanged.addEventListener("change", update);
    return () => goneChanged.removeEventListener("change", update);
  }, []);
  return now;
}

// Without a key: to the sign-in, which leads back here.
export function signIn(): void {
  if (location.pathname === "/sign-in") return;
  go(address(["sign-in"], { back: location.pathname + location.search }), "replace");
}

// What a failure means for the page: Gone is told above it, a missing key leads away, the rest is the page's to tell.
export function told(error: unknown): Problem | null {
  if (error instanceof Gone) {
    setGone(true);
    return null;
  }
  if (error instanceof Problem && error.status === 401) {
    signIn();
    return null;
  }
  return error instanceof Problem ? error : new Problem(0, `the answer cannot be read: ${String(error)}`);
}

// ---- the server's clock

let ahead = 0; // of ours, in ms

export function setServerTime(asOf: string): void {
  ahead = Date.parse(asOf) - Date.now();
}

export function serverNow(): number {
  return Date.now() + ahead;
}

// The server's time, anew every `ms`.
export function useNow(ms = 1000): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    const timer = setInterval(() => setNow(serverNow()), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return now;
}

// ---- answers

export interface Answered<T> {
  data: T | null;
  problem: Problem | null;
  busy: boolean; // the answer that is shown is of before
  reload: () => void;
}

// The JSON of a path, asked again every `every` ms where that is given. Null asks nothing.
export function useAnswer<T>(path: string | null, every?: number): Answered<T> {
  const [state, setState] = useState<{ path: string | null; data: T | null; problem: Problem | null }>({
    path: null,
    data: null,
    problem: null,
  });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (path === null) return;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async () => {
      let again = every;
      try {
        const data = await askJson<T>(path, { signal: stop.signal });
        setGone(false);
        setState({ path, data, problem: null });
      } catch (error) {
        if (stop.signal.aborted) return;
        const problem = told(error);
        if (problem) setState((before) => ({ path, data: before.path === path ? before.data : null, problem }));
        if (error instanceof Gone || (problem && problem.status === 503)) again = kRetryMs;
      }
      if (again !== undefined && !stop.signal.aborted) timer = setTimeout(() => void run(), again);
    };
    void run();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [path, every, turn]);
  return { data: state.data, problem: state.problem, busy: state.path !== path, reload: () => setTurn((t) => t + 1) };
}

// Listens to server-sent events while the page is seen. A connection that was refused is tried again, and asked why.
export function useStream(path: string | null, handlers: Record<string, (data: string) => void>): void {
  const current = useRef(handlers);
  current.current = handlers;
  useEffect(() => {
    if (path === null) return;
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const close = () => {
      source?.close();
      source = null;
      clearTimeout(timer);
    };
    const open = () => {
      close();
      if (document.hidden) return;
      source = new EventSource(path);
      source.onopen = () => setGone(false);
      for (const name of Object.keys(current.current)) {
        source.addEventListener(name, (event) => current.current[name]?.((event as MessageEvent<string>).data));
      }
      source.onerror = () => {
        close();
        timer = setTimeout(open, kRetryMs);
        askJson("/v1/session").then(
          (session) => {
            setGone(false);
            const { keys, roles } = session as { keys: boolean; roles: string[] };
            if (keys && roles.length === 0) signIn();
          },
          (error: unknown) => {
            if (error instanceof Gone) setGone(true);
          },
        );
      };
    };
    open();
    document.addEventListener("visibilitychange", open);
    return () => {
      close();
      document.removeEventListener("visibilitychange", open);
    };
  }, [path]);
}
