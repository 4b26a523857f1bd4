/*
 * kengd: takes in the cameras of hamlets, records them, and brings alerts to people.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "config/settings.h"
#include "core/camera_program.h"
#include "core/bytes.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "kengd.h"

enum { EXIT_WELL = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_OWNED = 3 };

static void print_help(FILE *to)
{
    fprintf(to, _("kengd [--config FILE] [--check] [--manual] [--schema] [--ui-dir DIR]\n"
                  "\n"
                  "  --config FILE   the configuration; %s if nothing is said\n"
                  "  --check         read the configuration, say every fault, and end\n"
                  "  --manual        print the reference of all settings (Markdown)\n"
                  "  --schema        print the JSON schema of the configuration\n"
                  "  --ui-dir DIR    serve the pages from DIR, while editing them\n"
                  "  --lang vi|en    the language of this output\n"
                  "  --help, --version\n"), KENGD_CONFIG_FILE);
}

static int check(const char *config)
{
    struct faults faults = { 0 };
    const struct settings *set = settings_load(config, &faults);

    if (!set) {
        char *text = faults_text(&faults);
        fputs(text, stderr);
        free(text);
        faults_free(&faults);
        return EXIT_FAILED;
    }
    printf(_("%s: well, %zu cameras, %zu areas, %zu people\n"), config, set->camera_count,
           set->area_count, set->person_count);
    settings_unref(set);
    return EXIT_WELL;
}

static int print_text(char *text)
{
    fputs(text, stdout);
    free(text);
    return EXIT_WELL;
}

/* Passwords and keys are in memory: neither a core nor a debugger of the same user shows it.
 * The limit alone is not asked where cores go to a program (core(5)). */
static void hide_memory(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
#ifndef KENGD_SANITIZED /* which look for leaks as a debugger does */
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

static int serve(const char *config, const char *ui_dir)
{
    struct error err = { 0 };
    char *faults = NULL, *program = camera_program();
    struct kengd_setup setup = { .config = config, .ui_dir = ui_dir,
                                 .camera_program = program };
    struct kengd *k = kengd_open(&setup, &faults, &err);

    free(program);
    if (!k) {
        if (faults)
            fputs(faults, stderr);
        free(faults);
        log_error("cannot start", "why='%s'", err.text);
        return err.kind == ERR_OWNED ? EXIT_OWNED : EXIT_FAILED;
    }
    kengd_run(k);
    kengd_close(k);
    log_sweep(true);
    log_info("ended", "well");
    return EXIT_WELL;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "config", required_argument, NULL, 'c' }, { "check", no_argument, NULL, 'k' },
        { "manual", no_argument, NULL, 'm' },       { "schema", no_argument, NULL, 's' },
        { "ui-dir", required_argument, NULL, 'u' }, { "lang", required_argument, NULL, 'l' },
        { "help", no_argument, NULL, 'h' },         { "version", no_argument, NULL, 'v' },
        { 0 },
    };
    const char *config = KENGD_CONFIG_FILE, *ui_dir = NULL;
    char word = 0;
    int option;

    hide_memory();
    log_open("kengd", getenv("KENGD_DEBUG") ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
    text_open(text_language_named(getenv("LANG"), LANGUAGE_VI));
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case 'c': config = optarg; break;
        case 'u': ui_dir = optarg; break;
        case 'l':
            if (strcmp(optarg, "vi") != 0 && strcmp(optarg, "en") != 0) {
                fprintf(stderr, "kengd: %s\n", _("--lang: write vi or en"));
                return EXIT_USAGE;
            }
            text_open(text_language_named(optarg, LANGUAGE_VI));
            break;
        case '?': print_help(stderr); return EXIT_USAGE;
        default: word = (char)option; break;
        }
    }
    if (optind < argc) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    switch (word) {
    case 'h': print_help(stdout); return EXIT_WELL;
    case 'v': printf("kengd %s\n", KENGD_VERSION); return EXIT_WELL;
    case 'k': return check(config);
    case 'm': return print_text(settings_manual());
    case 's': return print_text(settings_schema());
    default: return serve(config, ui_dir);
    }
}
