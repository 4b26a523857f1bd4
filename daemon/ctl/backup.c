#include "backup.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup/backup.h"
#include "backup/vault.h"
#include "call.h"
#include "core/memory.h"
#include "core/secret.h"
#include "passphrase.h"
#include "run.h"

/* ---- making one --------------------------------------------------------------------------- */

struct making {
    struct vault_writer *vault;
    uint64_t bytes;
    struct error err;
};

/* What comes from kengd goes into the vault. */
static ssize_t take(void *cookie, const char *bytes, size_t size)
{
    struct making *making = cookie;

    making->bytes += size;
    return vault_write(making->vault, bytes, size, &making->err) ? (ssize_t)size : 0;
}

static bool ask_backup(const struct args *args, struct making *making)
{
    const struct question question = { .socket = args->socket,
                                       .method = "GET",
                                       .address = "/api/control/backup",
                                       .language = text_language() };
    struct answer answer;
    FILE *to = fopencookie(making, "w", (cookie_io_functions_t){ .write = take });
    struct error why = { 0 };

    if (!to)
        abort(); /* out of memory */
    bool well = call_download(&question, to, &answer, &why);
    well = fclose(to) == 0 && well;
    if (!well && making->err.kind == ERR_NONE)
        making->err = why;
    if (well && answer.status != 200) {
        const char *said = json_string_value(
            json_object_get(json_object_get(answer.json, "error"), "message"));
        well = error_set(&making->err, ERR_NETWORK, "%s",
                         said ? said : _("kengd refuses; is it of the same version?"));
    }
    answer_clear(&answer);
    return well;
}

/* Beside its place, and put there when it is whole. */
static bool make_file(const struct args *args, const char *passphrase, const char *part,
                      struct making *making)
{
    struct error *err = &making->err;
    int fd = open(part, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return error_set(err, ERR_DISK, _("cannot write %s: %s"), part, error_of_system(errno));
    making->vault = vault_create(fd, passphrase, err);
    bool well = making->vault && ask_backup(args, making) && vault_end(making->vault, err);
    if (well && (fsync(fd) < 0 || rename(part, args->operand) < 0))
        well = error_set(err, ERR_DISK, _("cannot write %s: %s"), args->operand,
                         error_of_system(errno));
    vault_writer_free(making->vault);
    close(fd);
    if (!well)
        unlink(part);
    return well;
}

static int fail(FILE *err, const struct error *why)
{
    fprintf(err, "kengctl: %s\n", why->text);
    return EXIT_FAILED;
}

int backup_make(const struct args *args, FILE *out, FILE *err)
{
    struct making making = { 0 };
    char *passphrase = passphrase_get(args, true, &making.err);

    if (!passphrase)
        return fail(err, &making.err);
    char *part = xformat("%s.part", args->operand);
    bool well = make_file(args, passphrase, part, &making);
    free(part);
    secret_free_text(passphrase);
    if (!well)
        return fail(err, &making.err);
    if (args->json)
        fprintf(out, "{\"bytes\": %llu}\n", (unsigned long long)making.bytes);
    else
        fprintf(out,
                _("%s holds catalogue, configuration and keys (%llu bytes), encrypted. Keep it on "
                  "another machine, and the passphrase apart from it: without it nobody can open "
                  "it.\n"),
                args->operand, (unsigned long long)making.bytes);
    return EXIT_WELL;
}

/* ---- putting it back ------------------------------------------------------------------------ */

static void tell_json(const struct restored *done, const struct error *why, FILE *out)
{
    json_t *replaced = json_array();

    for (size_t i = 0; i < done->replaced_count; i++)
        json_array_append_new(replaced, json_string(done->replaced[i]));
    json_t *told = json_pack(
        "{s:b, s:s, s:s?, s:s?, s:s?, s:i, s:s?, s:s?, s:s?, s:s?, s:o, s:I, s:I, s:I, s:s?}",
        "well", why->kind == ERR_NONE, "why", why->text, "made", done->made, "version",
        done->version, "host", done->host, "schema", done->schema, "config", done->config,
        "state", done->state, "state_before", done->before, "elsewhere", done->elsewhere,
        "replaced", replaced, "config_files", (json_int_t)done->config_files, "state_files",
        (json_int_t)done->state_files, "catalogue_bytes", (json_int_t)done->catalogue_bytes,
        "faults", done->faults);
    json_dumpf(told, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(told);
}

static void tell_what(const struct restored *done, FILE *out)
{
    fprintf(out,
            _("A backup of %s, made %s by kengd %s: the catalogue (%llu bytes, version %d), %zu "
              "files of the configuration, %zu of keys and lists.\n"),
            done->host, done->made, done->version,
            (unsigned long long)done->catalogue_bytes, done->schema, done->config_files,
            done->state_files);
}

static void tell_done(const struct restored *done, FILE *out)
{
    if (done->before)
        fprintf(out, _("%s is put back; the one that was there is %s now.\n"), done->state,
                done->before);
    else
        fprintf(out, _("%s is put back.\n"), done->state);
    fprintf(out, _("%s and the files beside it are put back.\n"), done->config);
    for (size_t i = 0; i < done->replaced_count; i++)
        fprintf(out, _("  what it replaced is kept: %s\n"), done->replaced[i]);
    if (done->elsewhere)
        fprintf(out,
                _("Files that the configuration names outside of its folder are in %s: put them "
                  "where they belong.\n"),
                done->elsewhere);
    if (done->faults)
        fprintf(out, _("Before kengd is started, mend this:\n%s"), done->faults);
    else
        fputs(_("kengd can be started.\n"), out);
}

int backup_restore(const struct args *args, FILE *out, FILE *err)
{
    struct error why = { 0 };
    struct restored done = { 0 };
    char *passphrase = NULL;
    int fd = open(args->operand, O_RDONLY | O_CLOEXEC);
    bool well = fd >= 0 || error_set(&why, ERR_DISK, _("cannot read %s: %s"), args->operand,
                                     error_of_system(errno));

    if (well)
        well = (passphrase = passphrase_get(args, false, &why)) != NULL;
    if (well) {
        const struct restore_wish wish = { .fd = fd,
                                           .passphrase = passphrase,
                                           .config = args->config,
                                           .state = args->state,
                                           .only_look = args->look };
        well = restore_run(&wish, &done, &why);
    }
    if (args->json)
        tell_json(&done, &why, out);
    else if (well)
        tell_what(&done, out);
    if (!args->json && well && !args->look)
        tell_done(&done, out);
    if (!args->json && !well && done.before)
        fprintf(err, _("kengctl: %s is put back, the one before is %s; then it failed:\n"),
                done.state, done.before);
    if (!args->json && !well)
        fail(err, &why);
    if (fd >= 0)
        close(fd);
    secret_free_text(passphrase);
    restored_clear(&done);
    return well ? EXIT_WELL : EXIT_FAILED;
}
