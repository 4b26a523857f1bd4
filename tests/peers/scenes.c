/*
 * scenes: draws a lane as a camera on a pole sees it, so that tests and the demo need no
 * film of real people. Writes I420 frames to standard output for an encoder, and to
 * --moves FILE when what moved, as JSON; "visible": since when it covers 0.15 % of the picture.
 *
 *   scenes NAME SECONDS WIDTHxHEIGHT FPS [--moves FILE]
 *
 * The same arguments give the same bytes. Coordinates are 0..1 of the picture; `depth` is
 * 0 at the end of the lane and 1 at the camera.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct colour { uint8_t y, u, v; };

struct frame {
    int width, height;
    uint8_t *y, *u, *v; /* one allocation, as written */
    size_t size;
};

enum who { PERSON, MOTORBIKE };

/* Someone who walks or rides from one place to another. */
struct mover {
    enum who who;
    double from_s, to_s;     /* time in the clip */
    double x0, depth0, x1, depth1; /* x: across the lane, -1..1 */
};

struct scene {
    const char *name;
    double light;            /* 1: day, 0.25: infrared night */
    bool rain, infrared;
    int layout;              /* which houses and trees */
    struct mover movers[4];
    int count;
};

static const struct scene scenes[] = {
    { "cong-lang", 1, false, false, 1,
      { { PERSON, 14, 27, 0.1, 0.05, -0.35, 0.95 },
        { MOTORBIKE, 42, 48, -0.2, 0.02, 0.45, 1.0 } }, 2 },
    { "gieng-dinh", 1, false, false, 2, { { PERSON, 24, 40, -1.6, 0.5, 1.6, 0.62 } }, 1 },
    { "dau-ngo", 0.30, false, true, 3,
      { { PERSON, 30, 44, -0.5, 0.9, 0.2, 0.1 } }, 1 },
    { "tram-bom", 0.30, true, true, 4, { { 0 } }, 0 },
    { "cau-kenh", 1, false, false, 5,
      { { MOTORBIKE, 9, 16, 0.5, 1.0, 0.05, 0.03 },
        { PERSON, 33, 49, 1.5, 0.7, -1.5, 0.6 } }, 2 },
    { "duong-de", 1, false, false, 6, { { 0 } }, 0 },
};

static uint32_t random_state = 1;

/* xorshift32 (Marsaglia, 2003): fast, and the same on every machine. */
static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static double random_unit(void)
{
    return next_random() / 4294967296.0;
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

static void dot(struct frame *f, int x, int y, struct colour c, double cover)
{
    if (x < 0 || y < 0 || x >= f->width || y >= f->height)
        return;
    uint8_t *luma = f->y + (size_t)y * f->width + x;
    size_t at = (size_t)(y / 2) * (f->width / 2) + x / 2;
    *luma = (uint8_t)(*luma + (c.y - *luma) * cover);
    f->u[at] = (uint8_t)(f->u[at] + (c.u - f->u[at]) * cover);
    f->v[at] = (uint8_t)(f->v[at] + (c.v - f->v[at]) * cover);
}

/* Fills a convex or concave polygon by the even-odd rule, a pixel row at a time. */
static void polygon(struct frame *f, struct colour c, int n, const double (*p)[2])
{
    for (int y = 0; y < f->height; y++) {
        double row = (y + 0.5) / f->height, cross[16];
        int crossings = 0;
        for (int i = 0; i < n; i++) {
            const double *a = p[i], *b = p[(i + 1) % n];
            if ((a[1] <= row) != (b[1] <= row) && crossings < 16)
                cross[crossings++] = a[0] + (row - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
        }
        for (int i = 0; i < crossings; i++)
            for (int k = i + 1; k < crossings; k++)
                if (cross[k] < cross[i]) {
                    double swap = cross[i];
                    cross[i] = cross[k];
                    cross[k] = swap;
                }
        for (int i = 0; i + 1 < crossings; i += 2) {
            int from = clamp((int)ceil(cross[i] * f->width - 0.5), 0, f->width);
            int to = clamp((int)ceil(cross[i + 1] * f->width - 0.5), 0, f->width);
            for (int x = from; x < to; x++)
                dot(f, x, y, c, 1);
        }
    }
}

static void box(struct frame *f, struct colour c, double x0, double y0, double x1, double y1)
{
    for (int y = (int)(y0 * f->height); y < (int)(y1 * f->height); y++)
        for (int x = (int)(x0 * f->width); x < (int)(x1 * f->width); x++)
            dot(f, x, y, c, 1);
}

/* `rx`, `ry` as shares of the height, so that a circle is one. */
static void ellipse(struct frame *f, struct colour c, double cx, double cy, double rx,
                    double ry, double cover)
{
    double h = f->height, mx = cx * f->width, my = cy * h;

    for (int y = (int)(my - ry * h); y <= (int)(my + ry * h); y++)
        for (int x = (int)(mx - rx * h); x <= (int)(mx + rx * h); x++) {
            double dx = (x - mx) / (rx * h), dy = (y - my) / (ry * h);
            if (dx * dx + dy * dy <= 1)
                dot(f, x, y, c, cover);
        }
}

/* A limb: a line of `wide` (share of the height) between two points. */
static void limb(struct frame *f, struct colour c, double x0, double y0, double x1, double y1,
                 double wide)
{
    int steps = 2 + (int)(3 * hypot((x1 - x0) * f->width / f->height, y1 - y0) / wide);

    for (int i = 0; i <= steps; i++)
        ellipse(f, c, x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps, wide / 2,
                wide / 2, 1);
}

/* ---- the place ------------------------------------------------------------------------ */

static const struct colour SKY = { 205, 134, 122 }, GRASS = { 112, 112, 124 },
    ROAD = { 158, 126, 131 }, KERB = { 128, 126, 132 }, WALL = { 186, 116, 140 },
    ROOF = { 98, 116, 158 }, DOOR = { 74, 122, 138 }, LEAF = { 78, 112, 118 },
    TRUNK = { 70, 122, 136 }, POLE = { 120, 128, 128 }, WATER = { 120, 136, 118 };

/* Ground coordinates to the picture: the horizon lies at 0.30, the lane narrows to it. */
static void project(double x, double depth, double *px, double *py, double *scale)
{
    double near = depth * depth;

    *scale = 0.06 + 0.94 * near;
    *py = 0.32 + 0.64 * near;
    *px = 0.5 + x * 0.36 * (*scale) + 0.03 * (1 - near);
}

static void house(struct frame *f, double x, double y, double wide, double high, int doors)
{
    const double roof[][2] = { { x - 0.02, y - high }, { x + wide / 2, y - high * 1.55 },
                               { x + wide + 0.02, y - high } };

    box(f, WALL, x, y - high, x + wide, y);
    polygon(f, ROOF, 3, roof);
    for (int i = 0; i < doors; i++) {
        double left = x + wide * (0.12 + 0.88 * i / doors);
        box(f, DOOR, left, y - high * 0.62, left + wide * 0.5 / doors, y);
    }
}

static void tree(struct frame *f, double x, double y, double size)
{
    limb(f, TRUNK, x, y, x + 0.004, y - size * 0.8, size * 0.09);
    for (int i = 0; i < 26; i++) {
        struct colour leaf = LEAF;
        leaf.y = (uint8_t)(leaf.y - 22 + (int)(44 * random_unit()));
        ellipse(f, leaf, x + (random_unit() - 0.5) * size * 0.6,
                y - size * (0.75 + 0.5 * random_unit()), size * 0.16, size * 0.13, 1);
    }
}

static void texture(struct frame *f, int amount)
{
    /* Coarse patches, then grain: bare walls and asphalt are never flat. */
    for (int y = 0; y < f->height; y++)
        for (int x = 0; x < f->width; x++) {
            double patch = sin(x * 17.0 / f->width + 3 * sin(y * 11.0 / f->height)) *
                           cos(y * 23.0 / f->height);
            int grain = (int)(next_random() % (2 * amount + 1)) - amount;
            uint8_t *luma = f->y + (size_t)y * f->width + x;
            *luma = (uint8_t)clamp(*luma + (int)(6 * patch) + grain, 0, 255);
        }
}

static void place(struct frame *f, const struct scene *scene)
{
    static const double lane[][2] = { { 0.515, 0.32 }, { 0.555, 0.32 }, { 1.02, 1 }, { 0.02, 1 } };
    static const double left[][2] = { { 0.505, 0.32 }, { 0.515, 0.32 }, { 0.02, 1 }, { -0.05, 1 } };
    static const double right[][2] = { { 0.555, 0.32 }, { 0.565, 0.32 }, { 1.09, 1 }, { 1.02, 1 } };

    random_state = 77u + (uint32_t)scene->layout * 1013u;
    box(f, SKY, 0, 0, 1, 0.32);
    box(f, scene->layout == 5 || scene->layout == 6 ? WATER : GRASS, 0, 0.32, 1, 1);
    if (scene->layout == 5 || scene->layout == 6)
        box(f, GRASS, 0, 0.32, 0.56, 1);
    polygon(f, KERB, 4, left);
    polygon(f, KERB, 4, right);
    polygon(f, ROAD, 4, lane);
    for (int i = 0; i < 3; i++) {
        double shift = 0.05 * random_unit();
        if (scene->layout != 6)
            house(f, 0.02 + 0.15 * i + shift, 0.56 - 0.07 * i, 0.15 - 0.03 * i,
                  0.20 - 0.05 * i, 2);
        if (scene->layout < 5)
            house(f, 0.62 + 0.13 * i + shift, 0.42 + 0.06 * i, 0.10 + 0.03 * i,
                  0.10 + 0.05 * i, 1 + i % 2);
        tree(f, 0.60 + 0.15 * random_unit(), 0.40, 0.13);
        tree(f, 0.02 + 0.4 * random_unit(), 0.42, 0.12 + 0.05 * random_unit());
    }
    tree(f, 0.93, 0.78, 0.46);
    limb(f, POLE, 0.245, 0.74, 0.245, 0.10, 0.014);
    limb(f, POLE, 0.245, 0.11, 0.33, 0.13, 0.010);
    if (scene->layout == 1 || scene->layout == 4) { /* the village gate */
        box(f, WALL, 0.40, 0.17, 0.43, 0.40);
        box(f, WALL, 0.64, 0.17, 0.67, 0.40);
        box(f, ROOF, 0.38, 0.13, 0.69, 0.19);
    }
    texture(f, 5);
}

/* ---- who moves -------------------------------------------------------------------------- */

static void person(struct frame *f, double px, double py, double size, double stride)
{
    const struct colour skin = { 150, 112, 146 }, shirt = { 196, 150, 108 },
                        trousers = { 58, 132, 126 };
    double ratio = (double)f->height / f->width, swing = 0.14 * size * sin(stride);

    limb(f, trousers, px, py - 0.48 * size, px - swing * ratio, py, 0.12 * size);
    limb(f, trousers, px, py - 0.48 * size, px + swing * ratio, py, 0.12 * size);
    limb(f, shirt, px, py - 0.52 * size, px, py - 0.80 * size, 0.24 * size);
    limb(f, skin, px, py - 0.78 * size, px + 1.1 * swing * ratio, py - 0.45 * size, 0.07 * size);
    ellipse(f, skin, px, py - 0.93 * size, 0.075 * size, 0.09 * size, 1);
}

static void motorbike(struct frame *f, double px, double py, double size, double light)
{
    const struct colour metal = { 62, 112, 172 }, tyre = { 34, 128, 128 },
                        lamp = { 250, 120, 134 };
    double ratio = (double)f->height / f->width;

    ellipse(f, tyre, px - 0.3 * size * ratio, py - 0.14 * size, 0.15 * size, 0.15 * size, 1);
    ellipse(f, tyre, px + 0.3 * size * ratio, py - 0.14 * size, 0.15 * size, 0.15 * size, 1);
    limb(f, metal, px - 0.25 * size * ratio, py - 0.3 * size, px + 0.25 * size * ratio,
         py - 0.32 * size, 0.18 * size);
    person(f, px - 0.03 * size * ratio, py - 0.22 * size, 0.85 * size, 0.6);
    if (light < 0.6) /* the headlamp by night, and its pool of light */
        ellipse(f, lamp, px + 0.34 * size * ratio, py - 0.45 * size, 0.3 * size, 0.3 * size, 0.6);
    ellipse(f, lamp, px + 0.34 * size * ratio, py - 0.45 * size, 0.05 * size, 0.05 * size, 1);
}

static void draw_mover(struct frame *f, const struct scene *scene, const struct mover *m,
                       double t)
{
    double part = (t - m->from_s) / (m->to_s - m->from_s), px, py, scale;

    if (part < 0 || part > 1)
        return;
    project(m->x0 + (m->x1 - m->x0) * part, m->depth0 + (m->depth1 - m->depth0) * part, &px,
            &py, &scale);
    ellipse(f, (struct colour){ 60, 128, 128 }, px, py, 0.13 * scale, 0.025 * scale, 0.4);
    if (m->who == PERSON)
        person(f, px, py, 0.50 * scale, t * 7);
    else
        motorbike(f, px, py, 0.48 * scale, scene->light);
}

/* ---- weather and sensor ------------------------------------------------------------------- */

static void rain(struct frame *f)
{
    for (int i = 0; i < 240; i++) {
        int x = (int)(random_unit() * f->width), y = (int)(random_unit() * f->height);
        int length = f->height / 40 + (int)(random_unit() * f->height / 30);
        for (int k = 0; k < length; k++)
            dot(f, x + k / 6, y + k, (struct colour){ 180, 128, 128 }, 0.35);
    }
}

/* Light falls off from the infrared lamp; noise rises as light goes (by the frame's number,
 * so that the clip does not depend on what was drawn). */
static void sensor(struct frame *f, const struct scene *scene, unsigned number)
{
    int noise = scene->light < 0.6 ? 5 : 2;

    random_state = 12345u + number * 2654435761u;
    for (int y = 0; y < f->height; y++) {
        double dy = (double)y / f->height - 0.62;
        uint8_t *row = f->y + (size_t)y * f->width;
        uint32_t bits = 0;
        for (int x = 0; x < f->width; x++) {
            if (x % 4 == 0)
                bits = next_random();
            int grain = (int)(bits >> (x % 4 * 8) & 255) * (2 * noise + 1) / 256 - noise;
            double gain = 1;
            if (scene->infrared) {
                double dx = (double)x / f->width - 0.5;
                gain = scene->light * (1.9 - 3.2 * (dx * dx + dy * dy));
                gain = gain < 0.12 ? 0.12 : gain;
            }
            row[x] = (uint8_t)clamp((int)(16 + (row[x] - 16) * gain) + grain, 16, 235);
        }
    }
    if (scene->infrared)
        memset(f->u, 128, f->size - (size_t)f->width * f->height);
}

static struct frame frame_new(int width, int height)
{
    struct frame f = { .width = width, .height = height,
                       .size = (size_t)width * height * 3 / 2 };

    f.y = calloc(1, f.size);
    if (!f.y)
        abort();
    f.u = f.y + (size_t)width * height;
    f.v = f.u + (size_t)width * height / 4;
    return f;
}

/* When a mover first covers the 0.15 % of the picture from which on it is an event by the
 * labels of the detector's bench; before that it is a few dots at the end of the lane. */
static double visible_from(const struct scene *scene, const struct mover *m)
{
    enum { WIDTH = 640, HEIGHT = 360, EVENT_PIXELS = WIDTH * HEIGHT * 15 / 10000, LEVELS = 7 };
    struct frame f = frame_new(WIDTH, HEIGHT);
    double t = m->from_s;

    for (; t < m->to_s; t += 1.0 / 15) {
        int pixels = 0;
        memset(f.y, 128, f.size);
        draw_mover(&f, scene, m, t);
        for (int i = 0; i < WIDTH * HEIGHT; i++)
            pixels += abs(f.y[i] - 128) > LEVELS;
        if (pixels >= EVENT_PIXELS)
            break;
    }
    free(f.y);
    return t;
}

static void write_moves(const struct scene *scene, double seconds, const char *file)
{
    FILE *out = fopen(file, "w");

    if (!out) {
        perror(file);
        exit(1);
    }
    fprintf(out, "{\"name\": \"%s\", \"seconds\": %g, \"moves\": [", scene->name, seconds);
    for (int i = 0; i < scene->count; i++)
        fprintf(out, "%s{\"who\": \"%s\", \"from\": %g, \"visible\": %.2f, \"to\": %g}",
                i ? ", " : "", scene->movers[i].who == PERSON ? "person" : "motorbike",
                scene->movers[i].from_s, visible_from(scene, &scene->movers[i]),
                scene->movers[i].to_s);
    fprintf(out, "]}\n");
    fclose(out);
}

int main(int argc, char **argv)
{
    const struct scene *scene = NULL;
    int width, height;

    for (size_t i = 0; argc > 4 && i < sizeof scenes / sizeof *scenes; i++)
        if (!strcmp(scenes[i].name, argv[1]))
            scene = &scenes[i];
    if (!scene || sscanf(argv[3], "%dx%d", &width, &height) != 2 || width % 2 || height % 2 ||
        width < 64 || height < 64 || width > 4096 || height > 4096) {
        fprintf(stderr, "scenes NAME SECONDS WIDTHxHEIGHT FPS [--moves FILE]\nNAME is one of:");
        for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
            fprintf(stderr, " %s", scenes[i].name);
        fprintf(stderr, "\n");
        return 2;
    }
    double seconds = atof(argv[2]), fps = atof(argv[4]);
    if (argc > 6 && !strcmp(argv[5], "--moves"))
        write_moves(scene, seconds, argv[6]);
    struct frame empty = frame_new(width, height), now = frame_new(width, height);
    place(&empty, scene);
    for (unsigned n = 0; n < (unsigned)(seconds * fps); n++) {
        memcpy(now.y, empty.y, now.size);
        for (int i = 0; i < scene->count; i++)
            draw_mover(&now, scene, &scene->movers[i], n / fps);
        random_state = 99u + n * 7919u;
        if (scene->rain)
            rain(&now);
        sensor(&now, scene, n);
        if (fwrite(now.y, 1, now.size, stdout) != now.size)
            return 1;
    }
    free(empty.y);
    free(now.y);
    return 0;
}
