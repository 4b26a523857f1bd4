/* Parameter sets of small pictures, made with x264 and x265 for these tests. */
#pragma once

#define SPS_BASELINE "Z0LAHtkAoC/5cBEAAAMAAQAAAwAyDxYuSA==" /* no B-frames */
#define SPS_MAIN     "Z01AHtkAoC/5cBEAAAMAAQAAAwAyDxYuSA==" /* VUI: reorder 0 */
#define SPS_MAIN_B   "Z01AHuygUBf8uAiAAAADAIAAABkHixbL"     /* VUI: reorder 2 */
#define SPS_HIGH_B   "Z2QAHqzZQKAv+XARAAADAAEAAAMAMg8WLZY=" /* VUI: reorder 2 */
#define PPS          "aOvDyyA="
#define PPS_HIGH     "aOvjyyLA"

#define VPS_265 "QAEMAf//AWAAAAMAkAAAAwAAAwA/koCQ"
#define SPS_265 "QgEBAWAAAAMAkAAAAwAAAwA/oAUCAWllkqSTK8BaAgAAAwACAAADADIQ" /* reorder 0 \
                                                                            */
#define PPS_265   "RAHBcrRiQA=="
#define VPS_265_B "QAEMAf//AWAAAAMAkAAAAwAAAwA/lZQJ"
#define SPS_265_B \
    "QgEBAWAAAAMAkAAAAwAAAwA/oAUCAWlllZZJMrwFoCAAAAMAIAAAAwMh" /* reorder 2 */
