/*
 * Whatever stands in a configuration file, reading it ends, and either gives a snapshot
 * or faults that can be shown. Needs config and core; corpus: tests/fuzz/corpus/config.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/config/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct faults faults;

    text_use(LANGUAGE_EN);
    const struct settings *set =
        settings_read_memory("/nowhere/kengd.yaml", bytes, size, &faults);
    char *all = faults_text(&faults);
    if ((set == NULL) != (faults.count > 0) || !text_is_utf8(all, strlen(all)))
        abort();
    for (size_t i = 0; set && i < set->area_count; i++)
        if (!area_is_within(&set->areas[i], &set->areas[i]))
            abort();
    if (set)
        hours_include(set, set->alerts.motion_hours, 1794000000000000);
    free(all);
    faults_free(&faults);
    settings_unref(set);
    return 0;
}
