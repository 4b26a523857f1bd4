#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "local_time.h"
#include "make.h"
#include "papers.h"

/* Left free for the catalogue, which lies on the same disk. */
static const int64_t ROOM_LEFT = (int64_t)256 << 20;
/* Papers and headers. */
static const int64_t PAPERS = 4 << 20;

struct work {
    struct making *m;
    int dir_fd;
    struct part *parts;
    size_t count;
    struct package *package;
    int64_t made_us;
    bool clock_trusted;
};

static bool find_footage(struct work *w, struct store *store, struct error *err)
{
    char *names = xstrdup(w->m->row.cameras), *rest = names, *name;
    bool well = true;

    while (well && (name = strsep(&rest, "\n"))) {
        const struct camera_settings *camera = settings_find_camera(w->m->set, name);
        w->parts = xrealloc(w->parts, (w->count + 1) * sizeof *w->parts);
        struct part *f = &w->parts[w->count++];
        *f = (struct part){ .name = camera ? camera->name : NULL,
                            .area = camera ? camera->area : NULL,
                            .from_us = w->m->row.from_us,
                            .to_us = w->m->row.to_us };
        snprintf(f->camera, sizeof f->camera, "%s", name);
        well = part_find(store, f, err);
    }
    free(names);
    return well;
}

/* Known before the first byte is written. */
static bool has_room(struct work *w, struct error *err)
{
    struct statvfs fs;
    int64_t need = PAPERS + ROOM_LEFT;

    for (size_t i = 0; i < w->count; i++)
        need += w->parts[i].bytes;
    if (fstatvfs(w->dir_fd, &fs) != 0)
        return error_set(err, ERR_DISK, _("cannot open %s: %s"), w->m->dir,
                         error_of_system(errno));
    int64_t free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
    if (free_bytes >= need)
        return true;
    return error_set(err, ERR_DISK,
                     _("there is no room for the package: %lld MB are needed and %lld MB are "
                       "free; take a shorter time, or remove older packages"),
                     (long long)(need / 1000000), (long long)(free_bytes / 1000000));
}

static bool write_footage(struct work *w, struct error *err)
{
    size_t takes = 0;

    for (size_t i = 0; i < w->count; i++)
        atomic_fetch_add(&w->m->progress.total, (long long)(2 * w->parts[i].bytes));
    for (size_t i = 0; i < w->count; i++) {
        struct part *f = &w->parts[i];
        if (!part_write(f, w->m->set, w->package, &w->m->progress, err))
            return error_context(err, _("camera %s"), f->camera);
        takes += f->take_count;
    }
    return takes > 0 ||
           error_set(err, ERR_MEDIA, _("nothing is recorded between these times"));
}

static bool add_text(struct work *w, const char *name, char *text, struct error *err)
{
    bool well = package_add(w->package, name, text, strlen(text), err);

    free(text);
    return well;
}

/* The sum of the last file that was added. */
static void last_sum(struct work *w, char sha256[SHA256_TEXT_MAX])
{
    struct bytes sums = { 0 };

    package_sums(w->package, &sums);
    bytes_add(&sums, "", 1);
    char *line = strrchr((char *)sums.at, ' ') - 1 - 64;
    snprintf(sha256, SHA256_TEXT_MAX, "%.64s", line);
    bytes_free(&sums);
}

static bool write_papers(struct work *w, struct error *err)
{
    struct papers papers = { .row = &w->m->row,
                             .set = w->m->set,
                             .parts = w->parts,
                             .count = w->count,
                             .made_us = w->made_us,
                             .clock_trusted = w->clock_trusted,
                             .fingerprint = seal_fingerprint(w->m->seal) };
    char manifest_sha256[SHA256_TEXT_MAX];

    if (!add_text(w, "manifest.json", papers_manifest(&papers), err))
        return false;
    last_sum(w, manifest_sha256);
    return add_text(w, "bien-ban.html", papers_record(&papers, manifest_sha256), err) &&
           add_text(w, "HUONG-DAN.txt", papers_advice(&papers), err) &&
           add_text(w, "public-key.pem", xstrdup(seal_public_key(w->m->seal)), err);
}

static bool write_seal(struct work *w, struct error *err)
{
    struct bytes sums = { 0 };
    uint8_t signature[SIGNATURE_BYTES];

    package_sums(w->package, &sums);
    bool well = seal_sign(w->m->seal, sums.at, sums.size, signature, err) &&
                package_add(w->package, "SHA256SUMS", sums.at, sums.size, err) &&
                package_add(w->package, "SHA256SUMS.sig", signature, sizeof signature, err);
    bytes_free(&sums);
    return well;
}

static bool make_package(struct work *w, struct store *store, struct error *err)
{
    char name[ROW_ID_MAX + 8], sha256[SHA256_TEXT_MAX];
    struct export_row *row = &w->m->row;

    if (atomic_load(&w->m->progress.stop))
        return error_set(err, ERR_BUSY, _("kengd ends"));
    w->dir_fd = open(w->m->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->dir_fd < 0)
        return error_set(err, ERR_DISK, _("cannot open %s: %s"), w->m->dir,
                         error_of_system(errno));
    if (!find_footage(w, store, err) || !has_room(w, err))
        return false;
    snprintf(name, sizeof name, "%s.zip", row->id);
    w->package = package_create(w->dir_fd, name, local_seconds(w->m->set, w->made_us), err);
    if (!w->package || !write_footage(w, err) || !write_papers(w, err) || !write_seal(w, err) ||
        !package_finish(w->package, &row->bytes, sha256, err))
        return false;
    free(row->sha256);
    row->sha256 = xstrdup(sha256);
    return true;
}

void make_export(struct store *store, struct making *m)
{
    struct work work = { .m = m,
                         .dir_fd = -1,
                         .made_us = clock_wall_us(),
                         .clock_trusted = clock_is_synchronised() };
    struct error err = { 0 };
    enum language before = text_use(m->set->site.language);
    bool well = make_package(&work, store, &err);

    package_close(work.package);
    for (size_t i = 0; i < work.count; i++)
        part_free(&work.parts[i]);
    free(work.parts);
    if (work.dir_fd >= 0)
        close(work.dir_fd);
    m->row.state = well ? EXPORT_DONE : EXPORT_FAILED;
    m->row.done_us = clock_wall_us();
    if (!well) {
        free(m->row.why);
        m->row.why = xstrdup(err.text);
        log_warning("export failed", "export=%s why='%s'", m->row.id, err.text);
    } else {
        log_info("export made", "export=%s who='%s' bytes=%lld", m->row.id, m->row.who,
                 (long long)m->row.bytes);
    }
    text_use(before);
}
