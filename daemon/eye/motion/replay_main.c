/*
 * motion-replay [--sensitivity 1..5] [--view SECONDS] [--all | --decode] FILE...: events
 * of recorded files as JSON, one object a file. For tests and measurements; not
 * installed.
 * --view: also whether the view freezes or is covered for so long.
 */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "motion_replay.h"

static struct view_setup view_after(int seconds)
{
    return (struct view_setup){ .on = true,
                                .frozen_us = SECONDS_US(seconds),
                                .covered_us = SECONDS_US(seconds) };
}

int main(int count, char **words)
{
    struct motion_setup setup = { .detect = true, .sensitivity = 3 };
    enum replay_how how = REPLAY_AS_CAMERA;
    int failed = 0, from = 1;

    for (; from < count && words[from][0] == '-'; from++) {
        if (!strcmp(words[from], "--all"))
            how = REPLAY_ALL;
        else if (!strcmp(words[from], "--decode"))
            how = REPLAY_DECODE;
        else if (!strcmp(words[from], "--sensitivity") && from + 1 < count)
            setup.sensitivity = atoi(words[++from]);
        else if (!strcmp(words[from], "--view") && from + 1 < count)
            setup.view = view_after(atoi(words[++from]));
        else
            break;
    }
    if (from >= count || words[from][0] == '-') {
        fputs("usage: motion-replay [--sensitivity 1..5] [--view SECONDS] "
              "[--all | --decode] FILE...\n",
              stderr);
        return 2;
    }
    for (int i = from; i < count; i++)
        failed |= motion_replay(words[i], &setup, how, stdout);
    return failed;
}
