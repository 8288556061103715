// A line over time, with the same as a table for who cannot see it.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { count, localTime, rate, shortTime } from "./format";

const kHeight = 150;
const kRows = 30; // of the table

interface Line {
  title: string;
  unit: string;
  times: number[]; // seconds
  values: number[];
  empty: string;
}

function color(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

// With seconds where the whole line is of a few minutes.
function axisTime(tick: number, times: ArrayLike<number>): string {
  return shortTime(tick, (times[times.length - 1] ?? 0) - (times[0] ?? 0) < 600);
}

function options(element: HTMLElement, { unit }: Line): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: color(element, "--faint"),
    grid: { stroke: color(element, "--line"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui",
  };
  return {
    width: element.clientWidth,
    height: kHeight,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: {
      y: {
        range: (_, low, high) => [Math.max(0, low - (high - low) / 8), high > low ? high + (high - low) / 8 : high + 1],
      },
    },
    axes: [
      { ...axis, size: 28, values: (plot, ticks) => ticks.map((tick) => axisTime(tick, plot.data[0])) },
      {
        ...axis,
        size: 54,
        values: (_, ticks) => ticks.map((tick) => (Number.isInteger(tick) ? count(tick) : rate(tick))),
      },
    ],
    series: [
      {},
      {
        label: unit,
        stroke: color(element, "--accent"),
        fill: color(element, "--accent-wash"),
        width: 2,
        points: { show: false },
      },
    ],
  };
}

export function LineChart(line: Line) {
  const { title, unit, times, values, empty } = line;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const enough = times.length > 1;

  useEffect(() => {
    const element = place.current;
    if (!element || !enough) return;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element, line), [times, values], element);
    };
    draw();
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: kHeight }));
    resized.observe(element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener("change", draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [enough]);
  useEffect(() => plot.current?.setData([times, values]), [times, values]);

  const last = values.at(-1);
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span>
        {last !== undefined && (
          <strong>
            {rate(last)} <small>{unit}</small>
          </strong>
        )}
      </figcaption>
      {enough ? <div ref={place} class="plot" aria-hidden="true" /> : <p class="empty small">{empty}</p>}
      {enough && (
        <details>
          <summary>As a table</summary>
          <div class="scroll" tabIndex={0} role="region" aria-label={`${title}, as a table`}>
            <table>
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col" class="number">
                    {title}
                  </th>
                </tr>
              </thead>
              <tbody>
                {thinned(times.length).map((at) => (
                  <tr key={times[at]}>
                    <td>{localTime(new Date((times[at] ?? 0) * 1000).toISOString())}</td>
                    <td class="number">{rate(values[at] ?? 0)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
    </figure>
  );
}

// At most kRows places of so many, newest first, evenly apart.
export function thinned(size: number): number[] {
  const step = Math.max(1, Math.ceil(size / kRows));
  const places: number[] = [];
  for (let at = size - 1; at >= 0; at -= step) places.push(at);
  return places;
}
