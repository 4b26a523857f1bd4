/* What an admin can write wrong, where it is told, and what is said to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/load.h"
#include "core/bytes.h"
#include "core/memory.h"

/* Every file but those about the site begins so; what is wrong stands in line 2 or
 * below. */
#define SITE   "site: {name: X}\n"
#define AREA   SITE "areas: {a: {name: A}}\n"
#define CAMERA AREA "cameras:\n  c:\n    name: C\n    area: a\n"

struct wrong {
    const char *what, *yaml;
    int line, column;
    const char *path, *says; /* a part of the sentence */
};

static const struct wrong syntax[] = {
    { "a tab indents", "site:\n\tname: X\n", 2, 1, "",
      "a tab stands here; indent with spaces" },
    { "a tab after spaces indents", SITE "web:\n  \tlisten: x\n", 3, 3, "",
      "a tab stands here" },
    { "a tab stands behind a dash", SITE "web:\n  listen:\n    -\tx\n", 4, 6, "",
      "a tab stands here" },
    { "a double quote is not closed", "site:\n  name: \"X\n  language: vi\n", 2, 9, "",
      "write \" at the end" },
    { "a single quote is not closed", "site:\n  name: 'X\n", 2, 9, "",
      "write ' at the end" },
    { "a quote is closed by the next one", "site:\n  name: \"X\n  language: \"vi\"\n", 2,
      9, "", "quote that opens here is not closed" },
    { "a quoted text runs over two lines", "site:\n  name: \"X\n   Y\"\n", 2, 9, "",
      "on the same line" },
    { "a square bracket is not closed",
      SITE "web:\n  listen: [\"127.0.0.1:80\"\n  key: x\n", 3, 11, "",
      "bracket [ that opens here is not closed; write ]" },
    { "a curly bracket is not closed", "site: {name: X\nareas:\n", 1, 7, "",
      "bracket { that opens here is not closed; write }" },
    { "the inner of two brackets is not closed",
      CAMERA "    motion:\n      zones: {z: [[0, 0], [1, 0], [1, 1]\n    user: x\n", 8,
      18, "", "bracket [ that opens here" },
    { "brackets are crossed", SITE "areas: {a: [x}\n", 2, 12, "",
      "bracket [ that opens here" },
    { "a bracket is not closed at the end of the file", SITE "web: {listen: [\n", 2, 15,
      "", "bracket [" },
    { "a line is indented too far", "site:\n  name: X\n    language: vi\n", 3, 13, "",
      "indented too far" },
    { "a line is indented too little", "site:\n  name: X\n language: vi\n", 3, 2, "",
      "indent the line like its neighbours" },
    { "a text holds ': '", "site:\n  name: X: Y\n", 2, 10, "", "the text wants quotes" },
    { "a ':' is missing", "site:\n  name X\n  language: vi\n", 2, 3, "",
      "the ':' is missing" },
    { "a ':' is missing in the middle", "site:\n  name: X\n  language\n", 3, 3, "",
      "the ':' is missing" },
    { "a list and keys are mixed",
      SITE "web:\n  listen:\n    - \"127.0.0.1:1\"\n    b: c\n", 5, 5, "",
      "a '-' was expected" },
    { "a list begins behind a key", SITE "web:\n  listen: - x\n", 3, 11, "",
      "a list cannot begin here" },
    { "something follows a closed bracket", "site: {name: X} Y\n", 1, 17, "",
      "a key was expected" },
    { "a ',' is missing", "site: {name: \"X\" \"Y\"}\n", 1, 18, "",
      "a ',' or '}' is missing" },
    { "a ',' is missing in a list", SITE "web: {listen: [\"x\" \"y\"]}\n", 2, 20, "",
      "a ',' or ']' is missing" },
    { "an IPv6 address has no quotes", SITE "web: {listen: [[::1]:80]}\n", 2, 17, "",
      "put a text with brackets or ':' in it into quotes" },
    { "a text begins with a reserved letter", "site:\n  name: @X\n", 2, 9, "",
      "put it into quotes" },
    { "a text begins with a star alone", "site:\n  name: *\n", 2, 10, "",
      "wants quotes" },
    { "a backslash means nothing", "site:\n  name: \"a\\qb\"\n", 2, 11, "",
      "in single quotes" },
    { "a second document begins", SITE "---\nareas:\n", 2, 1, "",
      "a second document begins here" },
    { "a byte is not UTF-8", "site:\n  name: \"Xã \xe3\"\n", 2, 13, "",
      "the byte 0xE3 is not UTF-8" },
    { "half a character ends the file", SITE "# \xc3", 2, 3, "", "the byte 0xC3" },
    { "a bell rings in the file", SITE "# \x07\n", 2, 3, "",
      "invisible character (U+0007)" },
    { "17 levels", "[[[[[[[[[[[[[[[[[", 1, 17, "", "more than 16 levels deep" },
    { "the version of YAML is unknown", "%YAML 3.0\n---\n" SITE, 1, 1, "", "not YAML" },
};

/* These do not keep the rest of the file from being judged. */
static const struct wrong refused[] = {
    { "an anchor", "site: &s {name: X}\n", 1, 7, "", "the anchor &s is not supported" },
    { "an alias", SITE "web: *w\n", 2, 6, "", "the alias *w is not supported" },
    { "a merge", SITE "areas:\n  a: {name: A, <<: *b}\n", 3, 20, "", "the alias *b" },
    { "a tag", SITE "areas: {a: {name: !!str A}}\n", 2, 19, "",
      "the tag tag:yaml.org,2002:str" },
    { "a local tag", SITE "areas: {a: {name: !x A}}\n", 2, 19, "", "the tag !x" },
    { "a text on two lines", "site:\n  name: X\n    Y\n", 2, 9, "",
      "write it on one line" },
    { "a block of text", "site:\n  name: |\n    X\n", 2, 9, "", "write it on one line" },
    { "a zero byte in a text", "site: {name: \"X\\0Y\"}\n", 1, 14, "",
      "invisible character" },
    { "a key that is a list", SITE "? [a]\n: b\n", 2, 3, "", "a key must be one word" },
    { "a file that is a list", "- a\n", 1, 1, "", "must begin with sections" },
    { "a file that is a word", "hello\n", 1, 1, "", "must begin with sections" },
};

static const struct wrong keys[] = {
    { "nothing", "", 0, 0, "site.name",
      "is missing; write for example 'name: Xã Đồng Xanh'" },
    { "a section that is not known", SITE "camera: {}\n", 2, 1, "camera",
      "'cameras' may be meant" },
    { "a section far from any", SITE "vpn: {}\n", 2, 1, "vpn",
      "known here are: site, paths, storage, web, areas, cameras, people, screens, webhooks, channels, alerts" },
    { "a key that is not known", "site: {name: X, lnaguage: vi}\n", 1, 17,
      "site.lnaguage", "'language' may be meant" },
    { "a key far from any", "site: {name: X, colour: red}\n", 1, 17, "site.colour",
      "known here are: name, language, time_zone" },
    { "a key of a camera", CAMERA "    url: rtsp://h\n    zone: x\n", 8, 5,
      "cameras.c.zone", "not known" },
    { "a key of motion", CAMERA "    url: rtsp://h\n    motion: {sensitivty: 3}\n", 8, 14,
      "cameras.c.motion.sensitivty", "'sensitivity' may be meant" },
    { "a key given twice", "site:\n  name: X\n  name: Y\n", 3, 3, "site.name",
      "given twice, first in line 2" },
    { "a section given twice", SITE "site: {}\n", 2, 1, "site",
      "given twice, first in line 1" },
    { "an identifier given twice", SITE "areas:\n  a: {name: A}\n  a: {name: B}\n", 4, 3,
      "areas.a", "given twice, first in line 3" },
    { "a zone given twice",
      CAMERA
      "    url: rtsp://h\n    motion:\n      zones:\n        z: [[0,0],[1,0],[1,1]]\n"
      "        z: [[0,0],[1,0],[1,1]]\n",
      11, 9, "cameras.c.motion.zones.z", "given twice, first in line 10" },
    { "a required key that is missing", CAMERA, 4, 3, "cameras.c.url",
      "is missing; write for example 'url: rtsp://" },
    { "a key without a value", "site:\n  name:\n", 2, 3, "site.name", "has no value" },
    { "a key with null", "site: {name: X, language: ~}\n", 1, 17, "site.language",
      "has no value" },
    { "an identifier with capitals", SITE "areas: {Dong: {name: A}}\n", 2, 9,
      "areas.Dong", "is no identifier; write only a-z, 0-9 and -" },
    { "an identifier that begins with a digit", SITE "areas: {1a: {name: A}}\n", 2, 9,
      "areas.1a", "a letter first" },
    { "an identifier that is too long",
      SITE "areas: {a23456789012345678901234567890123456789012345678: {name: A}}\n", 2, 9,
      "areas.a23456789012345678901234567890123456789012345678", "at most 47" },
    { "a list where entries should be", SITE "areas:\n  - {name: A}\n", 3, 3, "areas",
      "without '-'" },
    { "a word where entries should be", SITE "areas: x\n", 2, 8, "areas",
      "must hold entries" },
    { "a word where settings should be", "site: X\n", 1, 7, "site",
      "must hold settings" },
    { "a list where settings should be", SITE "web: [x]\n", 2, 6, "web",
      "must hold settings" },
    { "a word in place of an area", SITE "areas: {a: A}\n", 2, 12, "areas.a",
      "must hold settings" },
    { "a list where a value should be", "site: {name: [X]}\n", 1, 14, "site.name",
      "must be a single value; write for example 'name: " },
    { "settings where a value should be", "site:\n  name:\n    X: Y\n", 3, 5, "site.name",
      "must be a single value" },
};

static const struct wrong values[] = {
    { "an empty name", "site: {name: ''}\n", 1, 14, "site.name", "is empty" },
    { "a language that is not spoken", "site: {name: X, language: fr}\n", 1, 27,
      "site.language", "'fr' is not possible here; write vi or en" },
    { "a zone that does not exist", "site: {name: X, time_zone: Asia/Hanoi}\n", 1, 28,
      "site.time_zone", "'Asia/Hanoi' is no time zone" },
    { "a zone that leaves the folder", "site: {name: X, time_zone: ../passwd}\n", 1, 28,
      "site.time_zone", "no time zone" },
    { "a zone that is another file", "site: {name: X, time_zone: tzdata.zi}\n", 1, 28,
      "site.time_zone", "no time zone" },
    { "a duration without a number", SITE "storage: {keep: long}\n", 2, 17,
      "storage.keep",
      "'long' is no duration; write a number and ms, s, min, h or days, for example '30 days'" },
    { "a duration with an unknown unit", SITE "storage: {keep: 3 moons}\n", 2, 17,
      "storage.keep", "no duration" },
    { "a negative duration", SITE "storage: {keep: -3 days}\n", 2, 17, "storage.keep",
      "no duration" },
    { "a duration that does not end", SITE "storage: {keep: 99999999999 days}\n", 2, 17,
      "storage.keep", "no duration" },
    { "a duration too short", SITE "storage: {segment: 5}\n", 2, 20, "storage.segment",
      "'5' is out of range; write 10 s to 10 min" },
    { "a duration too long", SITE "storage: {keep: 99999 weeks}\n", 2, 17, "storage.keep",
      "write 1 h to 3650 days" },
    { "a share above 100%", SITE "storage: {reserve: 101%}\n", 2, 20, "storage.reserve",
      "is no size; write for example '10%', '20 GB' or '500 MiB'" },
    { "a share that leaves nothing", SITE "storage: {reserve: 95%}\n", 2, 20,
      "storage.reserve", "write 0.1% to 90%" },
    { "a share of nothing", SITE "storage: {reserve: 0%}\n", 2, 20, "storage.reserve",
      "write 0.1% to 90%" },
    { "a size without a unit", SITE "storage: {reserve: 20}\n", 2, 20, "storage.reserve",
      "is no size" },
    { "a size with a thousands' point", SITE "storage: {reserve: 1.500 GB}\n", 2, 20,
      "storage.reserve", "is no size" },
    { "a size too small", SITE "storage: {reserve: 1 kB}\n", 2, 20, "storage.reserve",
      "write 1 MiB to 1000 TiB" },
    { "an empty path", SITE "storage: {recordings: ''}\n", 2, 23, "storage.recordings",
      "is empty" },
    { "disks without names", SITE "storage: {volumes: [/mnt/a]}\n", 2, 20, "storage.volumes",
      "each disk needs a name; write for example 'volumes: {dia-hai: /mnt/dia-hai/kengd}'" },
    { "a disk without a directory", SITE "storage: {volumes: {a: {reserve: 5%}}}\n", 2, 21,
      "storage.volumes.a.path", "this is missing" },
    { "a disk with the first one's name", SITE "storage: {volumes: {recordings: /a}}\n", 2, 21,
      "storage.volumes.recordings", "give this one another name" },
    { "two disks of one directory",
      SITE "storage: {recordings: /a, volumes: {b: /b, c: /a}}\n", 2, 44,
      "storage.volumes.c", "the directory of another disk" },
    { "a name to listen on", SITE "web: {listen: \"localhost:8080\"}\n", 2, 15,
      "web.listen", "'localhost:8080' is no address to listen on" },
    { "a port alone", SITE "web: {listen: [\"127.0.0.1:1\", \"8080\"]}\n", 2, 31,
      "web.listen[1]", "no address to listen on" },
    { "port 0", SITE "web: {listen: [\"127.0.0.1:0\"]}\n", 2, 16, "web.listen[0]",
      "no address to listen on" },
    { "port 70000", SITE "web: {listen: [\"[::1]:70000\"]}\n", 2, 16, "web.listen[0]",
      "no address to listen on" },
    { "an address twice", SITE "web: {listen: [\"[::1]:1\", \"[::1]:1\"]}\n", 2, 27,
      "web.listen[1]", "stands in the list already" },
    { "an address that is a list", SITE "web: {listen: [[x]]}\n", 2, 16, "web.listen[0]",
      "in quotes" },
    { "nothing to listen on", SITE "web: {listen: []}\n", 2, 15, "web.listen",
      "list is empty" },
    { "nine addresses", SITE "web: {listen: [a, b, c, d, e, f, g, h, i]}\n", 2, 15,
      "web.listen", "has 9 entries; at most 8" },
    { "an address of pages without scheme", SITE "web: {public_url: cam.vn}\n", 2, 19,
      "web.public_url", "begins with https:// or http://" },
    { "an address of pages with a path", SITE "web: {public_url: \"https://cam.vn/x\"}\n",
      2, 19, "web.public_url", "no path of their own" },
    { "a parent that does not exist",
      SITE "areas: {thon-dong: {name: A, within: thon-don}}\n", 2, 38,
      "areas.thon-dong.within", "there is no area 'thon-don'; 'thon-dong' may be meant" },
    { "an area that does not exist", AREA "screens: {s: {name: S, area: xyz}}\n", 3, 30,
      "screens.s.area", "there is no area 'xyz'; write it below 'areas:'" },
    { "an area that is a list", AREA "screens: {s: {name: S, area: [a]}}\n", 3, 30,
      "screens.s.area", "single value" },
    { "an HTTP address for a camera", CAMERA "    url: http://h/x\n", 7, 10,
      "cameras.c.url", "begins with rtsp:// or rtsps://" },
    { "a file for a camera", CAMERA "    url: /etc/passwd\n", 7, 10, "cameras.c.url",
      "begins with rtsp://" },
    { "a login in the address", CAMERA "    url: rtsp://u:p@h/x\n", 7, 10,
      "cameras.c.url",
      "take 'user:password@' out of it and write the keys user and password" },
    { "a user alone in the address", CAMERA "    url: rtsp://u@h/x\n", 7, 10,
      "cameras.c.url", "take 'user:password@' out" },
    { "a login with a slash in the password", CAMERA "    url: rtsp://u:p/q@h/x\n", 7, 10,
      "cameras.c.url", "take 'user:password@' out" },
    { "a login with a # in the password", CAMERA "    url: rtsp://u:p#q@h/x\n", 7, 10,
      "cameras.c.url", "take 'user:password@' out" },
    { "an address without a host", CAMERA "    url: rtsp:///x\n", 7, 10, "cameras.c.url",
      "no proper host" },
    { "an address with a broken IPv6 host", CAMERA "    url: \"rtsp://[::g]/x\"\n", 7, 10,
      "cameras.c.url", "no proper host" },
    { "a host with odd letters", CAMERA "    url: rtsp://h;x/\n", 7, 10, "cameras.c.url",
      "no proper host" },
    { "an address with a broken port", CAMERA "    url: rtsp://h:99999/x\n", 7, 10,
      "cameras.c.url", "from 1 to 65535" },
    { "an address with a space", CAMERA "    url: rtsp://h/x y\n", 7, 10, "cameras.c.url",
      "write %20" },
    { "an address with a fragment", CAMERA "    url: rtsp://h/x#y\n", 7, 10,
      "cameras.c.url", "write %23" },
    { "UDP with TLS", CAMERA "    url: rtsps://h\n    transport: udp\n", 8, 16,
      "cameras.c.transport", "over UDP nothing would be encrypted" },
    { "TLS without rtsps", CAMERA "    url: rtsp://h\n    tls: {fingerprint: 9F86D081884C7D65"
      "9A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08}\n", 8, 5,
      "cameras.c.tls", "only rtsps:// has certificates" },
    { "a short fingerprint", CAMERA "    url: rtsps://h\n    tls: 'AB:CD'\n", 8, 10,
      "cameras.c.tls.fingerprint", "64 hexadecimal digits" },
    { "another transport", CAMERA "    url: rtsp://h\n    transport: quic\n", 8, 16,
      "cameras.c.transport", "write auto, tcp or udp" },
    { "sound that is neither", CAMERA "    url: rtsp://h\n    audio: maybe\n", 8, 12,
      "cameras.c.audio", "neither on nor off; write on or off" },
    { "a night by the sun of nowhere",
      CAMERA "    url: rtsp://h\n    motion: {night: {hours: sunset-sunrise}}\n", 8, 29,
      "cameras.c.motion.night.hours", "below 'site:'" },
    { "masks in a recording",
      CAMERA "    url: rtsp://h\n    motion: {masks_in_recording: on}\n", 8, 34,
      "cameras.c.motion.masks_in_recording", "Set a privacy mask in the camera" },
    { "a zone without corners",
      CAMERA "    url: rtsp://h\n    motion: {zones: {z: {smallest: 1%}}}\n", 8, 22,
      "cameras.c.motion.zones.z.corners", "this is missing" },
    { "a size that is no share",
      CAMERA "    url: rtsp://h\n    motion: {zones: {z: {largest: 3,\n"
             "      corners: [[0,0],[1,0],[1,1]]}}}\n", 8, 35,
      "cameras.c.motion.zones.z.largest", "no part of the picture" },
    { "hours of no week", CAMERA "    url: rtsp://h\n    motion: {hours: [daily]}\n", 8, 22,
      "cameras.c.motion.hours[0]", "no hours of the week" },
    { "motion that is neither", CAMERA "    url: rtsp://h\n    motion: maybe\n", 8, 13,
      "cameras.c.motion.on", "neither on nor off" },
    { "a sensitivity that is no number",
      CAMERA "    url: rtsp://h\n    motion: {sensitivity: high}\n", 8, 27,
      "cameras.c.motion.sensitivity", "no whole number; write one from 1 to 5" },
    { "a sensitivity out of range",
      CAMERA "    url: rtsp://h\n    motion: {sensitivity: 6}\n", 8, 27,
      "cameras.c.motion.sensitivity", "out of range; write a number from 1 to 5" },
    { "zones without names",
      CAMERA "    url: rtsp://h\n    motion: {zones: [[0,0],[1,0],[1,1]]}\n", 8, 21,
      "cameras.c.motion.zones", "each polygon needs a name" },
    { "a zone with a bad name",
      CAMERA "    url: rtsp://h\n    motion: {zones: {Z: [[0,0],[1,0],[1,1]]}}\n", 8, 22,
      "cameras.c.motion.zones.Z", "no identifier" },
    { "a zone of two corners",
      CAMERA "    url: rtsp://h\n    motion: {zones: {z: [[0,0],[1,1]]}}\n", 8, 25,
      "cameras.c.motion.zones.z", "3 to 32 corners" },
    { "a corner with a decimal comma",
      CAMERA "    url: rtsp://h\n    motion: {zones: {z: [[0,0],[0,5,1],[1,1]]}}\n", 8,
      32, "cameras.c.motion.zones.z[1]", "two numbers with a decimal point" },
    { "a corner in pixels",
      CAMERA "    url: rtsp://h\n    motion: {masks: {z: [[0,0],[640,0],[1,1]]}}\n", 8,
      32, "cameras.c.motion.masks.z[1]", "outside the picture" },
    { "a corner that is no number",
      CAMERA "    url: rtsp://h\n    motion: {zones: {z: [[0,0],[1,nan],[1,1]]}}\n", 8,
      32, "cameras.c.motion.zones.z[1]", "two numbers" },
    { "corners in a wrong order",
      CAMERA "    url: rtsp://h\n    motion: {zones: {z: [[0,0],[1,1],[1,0],[0,1]]}}\n",
      8, 25, "cameras.c.motion.zones.z", "encloses nothing" },
    { "a person that is a screen",
      AREA "people: {p: {name: P, role: screen, areas: [a]}}\n", 3, 29, "people.p.role",
      "write official, staff or admin" },
    { "a person without areas", AREA "people: {p: {name: P, role: staff, areas: []}}\n",
      3, 43, "people.p.areas", "list is empty" },
    { "a person with an area twice",
      AREA "people: {p: {name: P, role: staff, areas: [a, a]}}\n", 3, 47,
      "people.p.areas[1]", "stands in the list already" },
    { "a person of an unknown area",
      AREA "people: {p: {name: P, role: staff, areas: [a, b]}}\n", 3, 47,
      "people.p.areas[1]", "no area 'b'" },
    { "rank 0", AREA "people: {p: {name: P, role: staff, areas: a, rank: 0}}\n", 3, 52,
      "people.p.rank", "from 1 to 9" },
    { "a phone with letters",
      AREA "people: {p: {name: P, role: staff, areas: a, phone: 09xx}}\n", 3, 53,
      "people.p.phone", "no phone number" },
    { "e-mail without a mailbox",
      AREA "people: {p: {name: P, role: staff, areas: a, email: an}}\n", 3, 53,
      "people.p.email", "'an' cannot stand here; write an e-mail address" },
    { "e-mail with a line of its own",
      AREA "people: {p: {name: P, role: staff, areas: a, email: \"an@x\\r\\nBcc: b@y\"}}\n", 3, 53,
      "", "this text holds a line break" },
    { "a mail server with a path", SITE "channels: {email: {host: \"x.vn/mail\"}}\n", 2, 26,
      "channels.email.host", "write a name or an IP address" },
    { "topics for who listens", SITE "channels: {mqtt: {host: h, prefix: \"kengd/#\"}}\n", 2, 36,
      "channels.mqtt.prefix", "without + and #" },
    { "a contact that is no way", SITE "channels: {push: {contact: me}}\n", 2, 28,
      "channels.push.contact", "write mailto: and an e-mail address" },
    { "a proxy by its name", SITE "web: {proxies: [localhost]}\n", 2, 17, "web.proxies[0]",
      "'localhost' is no IP address; write for example 'proxies: [127.0.0.1]'" },
    { "a layout of 5", AREA "screens: {s: {name: S, area: a, layout: 5}}\n", 3, 41,
      "screens.s.layout", "write auto, 1, 4, 6, 9 or 16" },
    { "hours in words", SITE "alerts: {motion: {hours: night}}\n", 2, 26,
      "alerts.motion.hours",
      "are no hours; write from and to, for example '21:00-05:00'" },
    { "hours past the day", SITE "alerts: {motion: {hours: \"21:00-25:00\"}}\n", 2, 26,
      "alerts.motion.hours", "no hours" },
    { "an escalation in no time", SITE "alerts: {motion: {escalate: 1 s}}\n", 2, 29,
      "alerts.motion.escalate", "write 10 s to 1 day" },
    { "a password in the open",
      CAMERA "    url: rtsp://h\n    user: u\n    password: hush\n", 9, 15,
      "cameras.c.password", "mode 0600 and write 'password: {file: secrets/cong-lang}'" },
    { "a password of two places",
      CAMERA "    url: rtsp://h\n    user: u\n    password: {file: a, credential: b}\n",
      9, 15, "cameras.c.password", "one file or one credential" },
    { "a password of an unknown place",
      CAMERA "    url: rtsp://h\n    user: u\n    password: {vault: a}\n", 9, 15,
      "cameras.c.password", "one file or one credential" },
    { "a password file that is not there",
      CAMERA "    url: rtsp://h\n    user: u\n    password: {file: gone}\n", 9, 22,
      "cameras.c.password", "there is no file /nowhere/gone; create it" },
    { "a credential outside systemd",
      CAMERA "    url: rtsp://h\n    user: u\n    password: {credential: c}\n", 9, 28,
      "cameras.c.password", "LoadCredential=c:FILE" },
    { "a credential that is a path",
      CAMERA "    url: rtsp://h\n    user: u\n    password: {credential: ../c}\n", 9, 28,
      "cameras.c.password", "a credential has a name, no path" },
};

static const struct wrong across[] = {
    { "an area within itself", SITE "areas:\n  a: {name: A, within: a}\n", 3, 24,
      "areas.a.within", "lies within itself" },
    { "three areas in a circle",
      SITE "areas:\n  a: {name: A, within: b}\n  b: {name: B, within: c}\n"
           "  c: {name: C, within: a}\n",
      3, 24, "areas.a.within", "lies within itself" },
    { "plain HTTP for everybody",
      SITE "web: {listen: [\"127.0.0.1:1\", \"0.0.0.0:8080\"]}\n", 2, 15, "web.listen",
      "write certificate and key, or listen only on 127.0.0.1" },
    { "plain HTTP for everybody over IPv6", SITE "web: {listen: \"[::]:8080\"}\n", 2, 15,
      "web.listen", "without a certificate" },
    { "a certificate that is not there",
      SITE "web: {certificate: /nowhere/c.pem, key: /nowhere/k.pem}\n", 2, 20,
      "web.certificate", "there is no file /nowhere/c.pem" },
    { "a certificate without its key", SITE "web: {certificate: /dev/null/c}\n", 2, 7,
      NULL, "a certificate needs its private key" },
    { "a key without its certificate", SITE "web: {key: /dev/null/k}\n", 2, 7, NULL,
      "a private key needs its certificate" },
    { "a password without a user",
      CAMERA "    url: rtsp://h\n    password: {file: gone}\n", 8, 5, NULL,
      "a password needs a user" },
};

static struct faults faults_of(const char *yaml, size_t size)
{
    struct faults faults;
    const struct settings *set =
        settings_read_memory("/nowhere/k.yaml", yaml, size, &faults);

    assert_true((set == NULL) == (faults.count > 0));
    settings_unref(set);
    return faults;
}

static bool is_told(const struct fault *fault, const struct wrong *w)
{
    return fault->line == w->line && fault->column == w->column &&
           (!w->path || strcmp(fault->path, w->path) == 0) &&
           strstr(fault->what, w->says);
}

/* `alone`: nothing else may be told of such a small file. */
static void check_all(const struct wrong *table, size_t count, bool alone)
{
    int bad = 0;

    for (size_t i = 0; i < count; i++) {
        struct faults faults = faults_of(table[i].yaml, strlen(table[i].yaml));
        bool told = false;
        for (size_t k = 0; k < faults.count; k++)
            told = told || is_told(&faults.list[k], &table[i]);
        if (!told || (alone && faults.count != 1)) {
            char *all = faults_text(&faults);
            print_error("%s: %d:%d '%s' was expected, told was\n%s", table[i].what,
                        table[i].line, table[i].column, table[i].says, all);
            free(all);
            bad++;
        }
        faults_free(&faults);
    }
    assert_int_equal(bad, 0);
}

static void a_syntax_fault_is_told_once_and_where_it_began(void **state)
{
    check_all(syntax, COUNT_OF(syntax), true);
}

static void what_yaml_has_and_kengd_has_not_is_refused(void **state)
{
    check_all(refused, COUNT_OF(refused), true);
}

static void a_key_that_is_unknown_missing_or_doubled_is_told(void **state)
{
    check_all(keys, COUNT_OF(keys), true);
}

static void a_wrong_value_is_told_with_what_to_write(void **state)
{
    unsetenv("CREDENTIALS_DIRECTORY");
    check_all(values, COUNT_OF(values), true);
}

static void settings_that_do_not_go_together_are_told(void **state)
{
    check_all(across, COUNT_OF(across), false);
}

static void all_faults_of_a_file_come_in_one_run_in_its_order(void **state)
{
    static const char yaml[] = "site: {language: fr}\n"
                               "areas: {a: {nam: A}}\n"
                               "cameras:\n"
                               "  c: {name: C, area: b, url: \"rtsp://h:0\"}\n"
                               "colour: red\n";
    static const char expected[] = "/nowhere/k.yaml:1:1: site.name: \n"
                                   "/nowhere/k.yaml:1:18: site.language: \n"
                                   "/nowhere/k.yaml:2:9: areas.a.name: \n"
                                   "/nowhere/k.yaml:2:13: areas.a.nam: \n"
                                   "/nowhere/k.yaml:4:22: cameras.c.area: \n"
                                   "/nowhere/k.yaml:4:30: cameras.c.url: \n"
                                   "/nowhere/k.yaml:5:1: colour: \n";
    struct faults faults = faults_of(yaml, strlen(yaml));

    for (size_t i = 0; i < faults.count; i++)
        *faults.list[i].what = 0;
    char *places = faults_text(&faults);
    assert_string_equal(places, expected);
    free(places);
    faults_free(&faults);
}

static void faults_above_a_syntax_fault_are_told_and_those_below_it_not(void **state)
{
    static const char yaml[] = "site: {name: X, language: fr}\n"
                               "areas: {a: {}}\n"
                               "web:\n"
                               "\tlisten: x\n"
                               "screens: {s: {}}\n";
    struct faults faults = faults_of(yaml, strlen(yaml));

    assert_int_equal(faults.count, 3);
    assert_string_equal(faults.list[0].path, "site.language");
    assert_string_equal(faults.list[1].path, "areas.a.name");
    assert_string_equal(faults.list[2].path, "");
    assert_int_equal(faults.list[2].line, 4);
    faults_free(&faults);
}

static void what_may_stand_below_a_syntax_fault_is_not_missed(void **state)
{
    /* The area, the site and the rest of the camera may all be in the lines not read. */
    static const char yaml[] = "cameras:\n  c:\n    area: thon-dong\n    name: \"C\n";
    struct faults faults = faults_of(yaml, strlen(yaml));

    assert_int_equal(faults.count, 1);
    assert_int_equal(faults.list[0].line, 4);
    faults_free(&faults);
}

static void a_file_above_a_megabyte_is_refused(void **state)
{
    size_t size = 1024 * 1024 + 1;
    char *yaml = xmalloc(size);

    memset(yaml, '#', size);
    struct faults faults = faults_of(yaml, size);
    assert_int_equal(faults.count, 1);
    assert_int_equal(faults.list[0].line, 0);
    assert_non_null(strstr(faults.list[0].what, "larger than 1 MiB"));
    faults_free(&faults);
    free(yaml);
}

static void a_file_of_nothing_but_entries_is_refused(void **state)
{
    struct bytes yaml = { 0 };

    bytes_text(&yaml, "[");
    for (int i = 0; i < 110000; i++)
        bytes_text(&yaml, "a,");
    struct faults faults = faults_of((char *)yaml.at, yaml.size);
    assert_true(faults.count > 0);
    assert_non_null(
        strstr(faults.list[faults.count - 1].what, "more than 100000 entries"));
    faults_free(&faults);
    bytes_free(&yaml);
}

static void only_so_many_faults_are_kept_and_the_rest_counted(void **state)
{
    struct bytes yaml = { 0 };

    bytes_text(&yaml, "site: {name: X}\n");
    for (int i = 0; i < 500; i++)
        bytes_format(&yaml, "x%d: 1\n", i);
    struct faults faults = faults_of((char *)yaml.at, yaml.size);
    assert_int_equal(faults.count, 201);
    assert_string_equal(faults.list[200].what,
                        "there are 300 more faults; mend these first");
    assert_int_equal(faults.list[200].line, 0);
    faults_free(&faults);
    bytes_free(&yaml);
}

static void a_thousand_and_one_cameras_are_too_many(void **state)
{
    struct bytes yaml = { 0 };

    bytes_text(&yaml, AREA "cameras:\n");
    for (int i = 0; i < 1001; i++)
        bytes_format(&yaml, "  c%d: {name: C, area: a, url: \"rtsp://h\"}\n", i);
    struct faults faults = faults_of((char *)yaml.at, yaml.size);
    assert_int_equal(faults.count, 1);
    assert_int_equal(faults.list[0].line, 1004);
    assert_non_null(strstr(faults.list[0].what, "there are 1001 entries; at most 1000"));
    faults_free(&faults);
    bytes_free(&yaml);
}

static void a_fault_never_tells_a_password(void **state)
{
    static const char *const yamls[] = {
        CAMERA "    url: rtsp://h\n    user: u\n    password: CANARY\n",
        CAMERA "    url: rtsp://u:CANARY@h/x\n",
        CAMERA "    url: rtsp://u:CANARY/1@h:x/x\n",
        CAMERA "    url: rtsp://h/user=u&password=CANARY x\n",
        CAMERA "    url: [CANARY]\n",
        CAMERA "    url: http://h/CANARY\n",
        CAMERA "    url: rtsp://h\n    user: u\n    password: [CANARY]\n",
        CAMERA "    url: rtsp://h\n    user: u\n    password: {file: [CANARY]}\n",
    };

    for (size_t i = 0; i < COUNT_OF(yamls); i++) {
        struct faults faults = faults_of(yamls[i], strlen(yamls[i]));
        assert_true(faults.count > 0);
        char *all = faults_text(&faults);
        assert_null(strstr(all, "CANARY"));
        free(all);
        faults_free(&faults);
    }
}

static void a_long_value_is_shown_cut_between_characters(void **state)
{
    static const char yaml[] =
        SITE "storage: {keep: ấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấấ}\n";
    struct faults faults = faults_of(yaml, strlen(yaml));

    assert_int_equal(faults.count, 1);
    assert_true(text_is_utf8(faults.list[0].what, strlen(faults.list[0].what)));
    assert_non_null(strstr(faults.list[0].what, "ấ…' is no duration"));
    faults_free(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_syntax_fault_is_told_once_and_where_it_began),
        cmocka_unit_test(what_yaml_has_and_kengd_has_not_is_refused),
        cmocka_unit_test(a_key_that_is_unknown_missing_or_doubled_is_told),
        cmocka_unit_test(a_wrong_value_is_told_with_what_to_write),
        cmocka_unit_test(settings_that_do_not_go_together_are_told),
        cmocka_unit_test(all_faults_of_a_file_come_in_one_run_in_its_order),
        cmocka_unit_test(faults_above_a_syntax_fault_are_told_and_those_below_it_not),
        cmocka_unit_test(what_may_stand_below_a_syntax_fault_is_not_missed),
        cmocka_unit_test(a_file_above_a_megabyte_is_refused),
        cmocka_unit_test(a_file_of_nothing_but_entries_is_refused),
        cmocka_unit_test(only_so_many_faults_are_kept_and_the_rest_counted),
        cmocka_unit_test(a_thousand_and_one_cameras_are_too_many),
        cmocka_unit_test(a_fault_never_tells_a_password),
        cmocka_unit_test(a_long_value_is_shown_cut_between_characters),
    };

    text_open(LANGUAGE_EN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
