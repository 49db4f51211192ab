/** Fields that commands put the focus on. */
export const addMetricId = "add-metric";
export const findInLogId = "find-in-log";
