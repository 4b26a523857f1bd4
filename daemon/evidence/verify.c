#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "core/memory.h"
#include "core/text.h"
#include "evidence/verify.h"
#include "package.h"

#define SUMS      "SHA256SUMS"
#define SIGNATURE "SHA256SUMS.sig"
#define KEY       "public-key.pem"

enum { PIECE = 256 << 10, HELD_MOST = 512 << 10 };

/* A file as it was found. */
struct found {
    char name[MEMBER_NAME_MAX];
    char sha256[SHA256_TEXT_MAX]; /* "": it cannot be read */
    bool listed;
};

struct pile {
    struct found *list;
    size_t count;
    struct bytes sums, signature, key;
};

static void pile_free(struct pile *pile)
{
    free(pile->list);
    bytes_free(&pile->sums);
    bytes_free(&pile->signature);
    bytes_free(&pile->key);
}

static struct bytes *held(struct pile *pile, const char *name)
{
    if (!strcmp(name, SUMS))
        return &pile->sums;
    if (!strcmp(name, SIGNATURE))
        return &pile->signature;
    return strcmp(name, KEY) ? NULL : &pile->key;
}

static ssize_t read_some(int fd, uint8_t *to, uint64_t size, uint64_t at)
{
    ssize_t n;

    do
        n = pread(fd, to, size < PIECE ? (size_t)size : PIECE, (off_t)at);
    while (n < 0 && errno == EINTR);
    return n;
}

/* Sums up `size` bytes of the file and adds it to the pile; false: it is shorter. */
static bool take_file(struct pile *pile, int fd, const char *name, uint64_t at,
                      uint64_t size, uint32_t *crc)
{
    EVP_MD_CTX *sum = EVP_MD_CTX_new();
    uint8_t *piece = xmalloc(PIECE), digest[32];
    struct bytes *keep = size <= HELD_MOST ? held(pile, name) : NULL;

    pile->list = xrealloc(pile->list, (pile->count + 1) * sizeof *pile->list);
    struct found *found = &pile->list[pile->count++];
    *found = (struct found){ 0 };
    snprintf(found->name, sizeof found->name, "%s", name);
    if (keep && keep->size > 0)
        keep = NULL; /* a second one of that name: told as changed */
    EVP_DigestInit_ex(sum, EVP_sha256(), NULL);
    *crc = 0;
    while (size > 0) {
        ssize_t n = read_some(fd, piece, size, at);
        if (n <= 0)
            break;
        EVP_DigestUpdate(sum, piece, (size_t)n);
        *crc = (uint32_t)crc32_z(*crc, piece, (size_t)n);
        if (keep)
            bytes_add(keep, piece, (size_t)n);
        at += (uint64_t)n;
        size -= (uint64_t)n;
    }
    EVP_DigestFinal_ex(sum, digest, NULL);
    for (size_t i = 0; size == 0 && i < sizeof digest; i++)
        snprintf(found->sha256 + 2 * i, 3, "%02x", digest[i]);
    EVP_MD_CTX_free(sum);
    free(piece);
    return size == 0;
}

/* ---- what the pile says --------------------------------------------------------------- */

static struct found *find(struct pile *pile, const char *name)
{
    struct found *only = NULL;

    for (size_t i = 0; i < pile->count; i++)
        if (!strcmp(pile->list[i].name, name)) {
            if (only)
                only->sha256[0] = 0; /* two of one name: neither is the one */
            only = &pile->list[i];
        }
    return only;
}

/* "<64 hex digits>  <name>" */
static bool read_line(const char *line, size_t length, char sha256[SHA256_TEXT_MAX],
                      char name[MEMBER_NAME_MAX])
{
    if (length < 67 || strspn(line, "0123456789abcdef") != 64 || line[64] != ' ' ||
        line[65] != ' ' || !member_name_is_fine(line + 66, length - 66))
        return false;
    memcpy(sha256, line, 64);
    sha256[64] = 0;
    memcpy(name, line + 66, length - 66);
    name[length - 66] = 0;
    return true;
}

static void tell(struct proof *out, verify_fn *fn, void *arg, const char *name,
                 enum file_fault fault, bool counts)
{
    out->files += fault != FILE_UNSIGNED;
    out->faults += counts && fault != FILE_FINE;
    fn(arg, name, fault);
}

static bool compare_sums(struct pile *pile, verify_fn *fn, void *arg, struct proof *out)
{
    char sha256[SHA256_TEXT_MAX], name[MEMBER_NAME_MAX];
    bytes_add(&pile->sums, "", 1); /* ends the text */

    for (const char *line = (char *)pile->sums.at; *line;) {
        size_t length = strcspn(line, "\n");
        if (line[length] != '\n' || !read_line(line, length, sha256, name))
            return false;
        struct found *found = find(pile, name);
        if (found)
            found->listed = true;
        tell(out, fn, arg, name,
             !found                          ? FILE_MISSING
             : strcmp(found->sha256, sha256) ? FILE_CHANGED
                                             : FILE_FINE,
             true);
        line += length + 1;
    }
    return true;
}

static bool judge(struct pile *pile, bool folder, const char *key, verify_fn *fn, void *arg,
                  struct proof *out, struct error *err)
{
    out->signed_well =
        seal_check(pile->key.at, pile->key.size, pile->sums.at, pile->sums.size,
                   pile->signature.at, pile->signature.size, out->fingerprint);
    out->key_known = !key || strcasecmp(key, out->fingerprint) == 0;
    if (pile->sums.size == 0)
        return error_set(err, ERR_MEDIA, _("there is no %s in it: it is no package of kengd"),
                         SUMS);
    if (!compare_sums(pile, fn, arg, out))
        return error_set(err, ERR_MEDIA, _("%s cannot be read"), SUMS);
    for (size_t i = 0; i < pile->count; i++)
        if (!pile->list[i].listed && strcmp(pile->list[i].name, SUMS) &&
            strcmp(pile->list[i].name, SIGNATURE))
            tell(out, fn, arg, pile->list[i].name, FILE_UNSIGNED, !folder);
    return out->signed_well && out->key_known && out->faults == 0 && out->files > 0;
}

/* ---- a ZIP file ----------------------------------------------------------------------- */

static uint64_t get(const uint8_t *at, int bytes)
{
    uint64_t value = 0;

    for (int i = bytes - 1; i >= 0; i--)
        value = value << 8 | at[i];
    return value;
}

/* The member whose header begins there; its header must be the one that we would write. */
static bool read_member(int fd, uint64_t at, struct member *m, size_t *header_size)
{
    uint8_t bytes[MEMBER_HEADER_MOST] = { 0 }, ours[MEMBER_HEADER_MOST];
    ssize_t n = pread(fd, bytes, sizeof bytes, (off_t)at);

    if (n < 30 || get(bytes, 4) != 0x04034b50)
        return false;
    size_t length = get(bytes + 26, 2);
    if (!member_name_is_fine((char *)bytes + 30, length < MEMBER_NAME_MAX ? length : 0) ||
        (size_t)n < 30 + length)
        return false;
    *m = (struct member){ .large = get(bytes + 28, 2) == 20,
                          .time = (uint16_t)get(bytes + 10, 2),
                          .date = (uint16_t)get(bytes + 12, 2),
                          .crc = (uint32_t)get(bytes + 14, 4),
                          .at = at };
    memcpy(m->name, bytes + 30, length);
    m->bytes = m->large ? get(bytes + 30 + length + 4, 8) : get(bytes + 18, 4);
    *header_size = member_header(m, ours);
    return (size_t)n >= *header_size && memcmp(ours, bytes, *header_size) == 0;
}

/* A reader that goes by the directory must find the very same files: what stands behind the
 * members is exactly what we write there. */
static bool directory_fits(int fd, const struct member *members, size_t count, uint64_t at,
                           uint64_t size)
{
    struct bytes ours = { 0 };

    package_directory(&ours, members, count, at);
    uint8_t *theirs = xmalloc(ours.size);
    bool fits = size - at == ours.size &&
                pread(fd, theirs, ours.size, (off_t)at) == (ssize_t)ours.size &&
                memcmp(theirs, ours.at, ours.size) == 0;
    free(theirs);
    bytes_free(&ours);
    return fits;
}

static bool read_zip(int fd, uint64_t size, struct pile *pile)
{
    struct member *members = xcalloc(MEMBERS_MOST, sizeof *members);
    uint64_t at = 0;
    size_t count = 0, header;
    bool well = true;

    while (well && count < MEMBERS_MOST && read_member(fd, at, &members[count], &header)) {
        struct member *m = &members[count++];
        uint32_t crc;
        at += header;
        well = m->bytes <= size && at <= size - m->bytes &&
               take_file(pile, fd, m->name, at, m->bytes, &crc);
        /* A reader that trusts the wrong sum may refuse what we call fine. */
        if (well && crc != m->crc)
            pile->list[pile->count - 1].sha256[0] = 0;
        at += m->bytes;
    }
    well = well && count > 0 && at <= size && directory_fits(fd, members, count, at, size);
    free(members);
    return well;
}

bool verify_zip(int fd, const char *key, verify_fn *fn, void *arg, struct proof *out,
                struct error *err)
{
    struct pile pile = { 0 };
    struct stat st;

    *out = (struct proof){ 0 };
    if (fstat(fd, &st) != 0)
        return error_set(err, ERR_DISK, _("cannot be read: %s"), error_of_system(errno));
    bool well = read_zip(fd, (uint64_t)st.st_size, &pile) ||
                error_set(err, ERR_MEDIA,
                          _("it is not a whole package of kengd as it was written"));
    well = well && judge(&pile, false, key, fn, arg, out, err);
    pile_free(&pile);
    return well;
}

/* ---- a folder ------------------------------------------------------------------------- */

static bool read_folder(int dir_fd, struct pile *pile, struct error *err)
{
    DIR *dir = fdopendir(dup(dir_fd));
    const struct dirent *entry;
    struct stat st;
    uint32_t crc;

    if (!dir)
        return error_set(err, ERR_DISK, _("cannot be read: %s"), error_of_system(errno));
    while ((entry = readdir(dir)) && pile->count < MEMBERS_MOST) {
        if (!member_name_is_fine(entry->d_name, strlen(entry->d_name)))
            continue;
        int fd = openat(dir_fd, entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
            continue;
        if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
            take_file(pile, fd, entry->d_name, 0, (uint64_t)st.st_size, &crc);
        close(fd);
    }
    closedir(dir);
    return true;
}

bool verify_path(const char *path, const char *key, verify_fn *fn, void *arg,
                 struct proof *out, struct error *err)
{
    struct pile pile = { 0 };
    struct stat st;
    bool well = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    *out = (struct proof){ 0 };
    if (fd < 0 || fstat(fd, &st) != 0)
        error_set(err, ERR_DISK, _("cannot be read: %s"), error_of_system(errno));
    else if (S_ISDIR(st.st_mode))
        well = read_folder(fd, &pile, err) && judge(&pile, true, key, fn, arg, out, err);
    else
        well = verify_zip(fd, key, fn, arg, out, err);
    if (fd >= 0)
        close(fd);
    pile_free(&pile);
    return well;
}
