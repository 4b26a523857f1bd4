/*
 * Whether there is a way to the internet, judged by everybody who was asked for there: phones'
 * push services, Zalo, the mail server, programs, the broker. One server that fails alone is
 * no sign: another that answered last is asked before the way is held to be cut.
 * Thread: loop only. Times: microseconds, monotonic (`_us`).
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { UPLINK_URL_MAX = 300 };

struct uplink;
struct uplink *uplink_new(void);
void uplink_free(struct uplink *uplink);

enum uplink_is { UPLINK_AS_BEFORE, UPLINK_THERE, UPLINK_CUT };

/* Who was asked at `url` answered, were it with a refusal, or could not be found or reached.
 * Addresses in the house say nothing. `ask`: a server to be dialled now, of which is told in
 * the same way; "": none. */
enum uplink_is uplink_heard(struct uplink *uplink, const char *url, bool answered,
                            int64_t now_us, char ask[UPLINK_URL_MAX]);
