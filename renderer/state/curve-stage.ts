import { ChartStage } from "../charts/chart-stage.ts";

/** What the charts of the window's curves have in common. */
export const stage = new ChartStage();
