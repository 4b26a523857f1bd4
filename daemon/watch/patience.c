#include "patience.h"

enum { IDLE_MOST = 5, STARTING_MOST = 30, LOOKS_MOST = 60 };

void patience_start(struct patience *p)
{
    *p = (struct patience){ .has_answered = false };
}

void patience_wait(struct patience *p, int64_t worked_us)
{
    p->looks = p->idle = 0;
    p->worked_us = worked_us;
}

void patience_answered(struct patience *p)
{
    p->has_answered = true;
    p->looks = p->idle = 0;
}

bool patience_lasts(struct patience *p, int64_t worked_us)
{
    p->looks++;
    p->idle = worked_us > p->worked_us ? 0 : p->idle + 1;
    p->worked_us = worked_us;
    return p->looks < LOOKS_MOST &&
           p->idle < (p->has_answered ? IDLE_MOST : STARTING_MOST);
}
