/* The record: a form of Vietnamese administration, so its words are Vietnamese always. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "local_time.h"
#include "papers.h"

static const char head[] =
    "<!doctype html>\n<html lang=\"vi\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    "<title>Biên bản trích xuất dữ liệu hình ảnh</title><style>"
    "body{font:13pt/1.45 'Times New Roman',Tinos,'Liberation Serif',serif;color:#000;"
    "background:#fff;max-width:19cm;margin:1cm auto;padding:0 .5cm}"
    "h1{font-size:15pt;text-align:center;margin:.8cm 0 .4cm}p{margin:.15cm 0}"
    ".top,.sign{display:grid;grid-template-columns:1fr 1fr;text-align:center}"
    ".sign{grid-template-columns:1fr 1fr 1fr;margin-top:.8cm;break-inside:avoid}"
    ".sign p{min-height:2.4cm}.top p{margin:0}table{width:100%;border-collapse:collapse;"
    "margin:.25cm 0;font-size:11.5pt}th,td{border:1px solid #000;padding:3px 6px;"
    "text-align:left;vertical-align:top}code{font:9.5pt/1.35 'Liberation Mono',Consolas,"
    "monospace;overflow-wrap:anywhere}dl{display:grid;grid-template-columns:5.4cm 1fr;"
    "margin:0}dt,dd{margin:.08cm 0}@page{size:A4;margin:1.5cm}@media print{body{margin:0}}"
    "</style></head><body>"
    "<div class=\"top\"><p>";

static const char *cause_of(const struct stretch *gap)
{
    static const char *const words[] = {
        [GAP_UNKNOWN] = "không rõ nguyên nhân",   [GAP_CAMERA] = "camera ngừng",
        [GAP_NETWORK] = "mất mạng đến camera",    [GAP_LOGIN] = "camera từ chối đăng nhập",
        [GAP_DISK] = "lỗi ổ đĩa",                 [GAP_STOPPED] = "máy chủ tắt",
        [GAP_RULE] = "không ghi theo cài đặt",    [GAP_CLOCK] = "đồng hồ được chỉnh tới",
        [GAP_NOT_KEPT] = "chưa ghi hoặc đã hết hạn lưu",
    };

    return gap->cause < COUNT_OF(words) && words[gap->cause] ? words[gap->cause] : words[0];
}

/* NULL: nobody knows. */
static const char *end_of(const struct stretch *gap)
{
    static const char *const words[] = {
        [GAP_END_VIDEO] = "camera gửi hình trở lại",
        [GAP_END_STARTED] = "máy chủ khởi động lại",
        [GAP_END_PERSON] = "cấu hình được thay đổi bởi ",
        [GAP_END_DISK] = "ổ đĩa ghi lại được",
        [GAP_END_EVENT] = "có chuyển động",
        [GAP_END_HOURS] = "đến giờ ghi",
        [GAP_END_CLOCK] = "đồng hồ đã chỉnh xong",
        [GAP_END_CAUSE] = "chuyển sang nguyên nhân khác",
        [GAP_END_RECORDING] = "bản ghi tiếp theo",
    };

    return gap->ended < COUNT_OF(words) ? words[gap->ended] : NULL;
}

static void add_time(struct bytes *to, const struct settings *set, int64_t us,
                     enum local_form form)
{
    char text[LOCAL_TIME_MAX];

    bytes_text(to, local_time(set, us, form, text));
}

static void add_fact(struct bytes *to, const char *name, const char *value)
{
    bytes_format(to, "<dt>%s</dt><dd>", name);
    add_html(to, value);
    bytes_text(to, "</dd>");
}

static void add_facts(struct bytes *to, const struct papers *p)
{
    bytes_text(to, "<dl>");
    add_fact(to, "Đơn vị quản lý camera", p->set->site.name);
    add_fact(to, "Người trích xuất", p->row->who);
    add_fact(to, "Lý do", p->row->reason);
    add_fact(to, "Văn bản đề nghị số", p->row->document);
    bytes_text(to, "<dt>Khoảng thời gian yêu cầu</dt><dd>từ ");
    add_time(to, p->set, p->row->from_us, LOCAL_LONG);
    bytes_text(to, " đến ");
    add_time(to, p->set, p->row->to_us, LOCAL_LONG);
    bytes_text(to, " (giờ ");
    add_html(to, p->set->site.time_zone);
    bytes_text(to, ")</dd><dt>Lập lúc</dt><dd>");
    add_time(to, p->set, p->made_us, LOCAL_LONG);
    bytes_text(to, p->clock_trusted ? ", đồng hồ máy chủ đã đồng bộ"
                                    : ", <b>giờ chưa tin cậy</b>: đồng hồ máy chủ chưa đồng bộ");
    bytes_text(to, "</dd>");
    add_fact(to, "Mã gói", p->row->id);
    bytes_text(to, "</dl>");
}

static void add_take(struct bytes *to, const struct papers *p, const struct part *f,
                     const struct take *take)
{
    bytes_text(to, "<tr><td>");
    add_html(to, part_name(f));
    bytes_text(to, "<br>");
    add_html(to, f->area ? f->area->name : "");
    if (!f->name)
        bytes_text(to, "không còn trong cấu hình");
    bytes_text(to, "</td><td>");
    add_html(to, take->name);
    bytes_format(to, "<br>%llu byte", (unsigned long long)take->bytes);
    if (take->left_out > 0)
        bytes_format(to, "<br>bỏ %zu đoạn hỏng trên ổ đĩa", take->left_out);
    bytes_text(to, "</td><td>");
    add_time(to, p->set, take->from_us, LOCAL_SHORT);
    bytes_text(to, " –<br>");
    add_time(to, p->set, take->to_us, LOCAL_SHORT);
    if (!take->clock_trusted)
        bytes_text(to, "<br>giờ chưa tin cậy");
    bytes_format(to, "</td><td><code>%s</code></td></tr>", take->sha256);
}

static void add_files(struct bytes *to, const struct papers *p)
{
    bytes_text(to, "<p><b>1. Dữ liệu hình ảnh</b>, sao nguyên gốc từ ổ ghi hình, không mã hóa "
                   "lại, không cắt sửa khung hình:</p><table><tr><th>Camera</th><th>Tệp</th>"
                   "<th>Thời gian ghi</th><th>Mã SHA-256</th></tr>");
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < p->parts[i].take_count; k++)
            add_take(to, p, &p->parts[i], &p->parts[i].takes[k]);
    bytes_text(to, "</table>");
}

static void add_gaps(struct bytes *to, const struct papers *p)
{
    size_t count = 0;

    bytes_text(to, "<p><b>2. Khoảng trống ghi hình</b> trong thời gian yêu cầu: ");
    for (size_t i = 0; i < p->count; i++) {
        const struct part *f = &p->parts[i];
        for (size_t k = 0; k < f->tiling.count; k++) {
            const struct stretch *gap = &f->tiling.list[k];
            if (gap->recording)
                continue;
            bytes_text(to, count++ ? "; " : "");
            add_html(to, part_name(f));
            bytes_text(to, " ");
            add_time(to, p->set, gap->from_us, LOCAL_CLOCK);
            bytes_text(to, " – ");
            add_time(to, p->set, gap->to_us, LOCAL_CLOCK);
            bytes_format(to, " (%s", cause_of(gap));
            if (end_of(gap)) {
                bytes_format(to, "; kết thúc: %s", end_of(gap));
                add_html(to, gap->ended_by);
            }
            bytes_text(to, ")");
        }
    }
    bytes_text(to, count ? ".</p>" : "không có.</p>");
}

char *papers_record(const struct papers *p, const char *manifest_sha256)
{
    struct bytes to = { 0 };

    bytes_text(&to, head);
    add_html(&to, p->set->site.name);
    bytes_text(&to, "<br><b>Bộ phận trực camera</b></p><p><b>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
                    "</b><br><b>Độc lập – Tự do – Hạnh phúc</b></p></div>"
                    "<h1>BIÊN BẢN TRÍCH XUẤT DỮ LIỆU HÌNH ẢNH</h1>");
    add_facts(&to, p);
    add_files(&to, p);
    add_gaps(&to, p);
    bytes_format(&to,
                 "<p><b>3. Toàn vẹn.</b> Bảng kê manifest.json, mã SHA-256: <code>%s</code>. "
                 "Mã của mọi tệp ghi trong SHA256SUMS, do máy chủ ký số (Ed25519). Dấu vân tay "
                 "khóa của máy chủ: <code>%s</code>. Cách kiểm tra ghi trong HUONG-DAN.txt.</p>"
                 "<p>Biên bản lập thành … bản, mỗi bên giữ … bản.</p><div class=\"sign\">"
                 "<p><b>Người trích xuất</b><br>(ký, ghi rõ họ tên)</p>"
                 "<p><b>Người chứng kiến</b><br>(ký, ghi rõ họ tên)</p>"
                 "<p><b>Người nhận</b><br>(ký, ghi rõ họ tên)</p></div></body></html>\n",
                 manifest_sha256, p->fingerprint);
    return bytes_take(&to);
}

char *papers_advice(const struct papers *p)
{
    return xformat(
        "KIỂM TRA GÓI TRÍCH XUẤT %s\r\n"
        "\r\n"
        "1. Mở bien-ban.html để xem và in biên bản. Các tệp .mp4 mở bằng VLC.\r\n"
        "2. Kiểm tra từng tệp còn nguyên (Linux):\r\n"
        "     sha256sum -c SHA256SUMS\r\n"
        "   Windows, từng tệp, so với SHA256SUMS:\r\n"
        "     certutil -hashfile TÊN_TỆP SHA256\r\n"
        "3. Kiểm tra chữ ký của máy chủ:\r\n"
        "     openssl pkeyutl -verify -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig -pubin "
        "-inkey public-key.pem\r\n"
        "4. So dấu vân tay của khóa với biên bản đã ký hoặc với máy chủ (kengctl export key):\r\n"
        "     openssl pkey -pubin -in public-key.pem -outform DER | sha256sum\r\n"
        "     %s\r\n"
        "Nơi có kengd: kengctl verify TỆP.zip làm cả bốn bước.\r\n"
        "\r\n"
        "HOW TO CHECK THIS PACKAGE\r\n"
        "\r\n"
        "Unpack it. Commands 2 and 3 check every file and the server's signature; compare the\r\n"
        "fingerprint of the key (4) with the signed record. kengctl verify does all of it.\r\n",
        p->row->id, p->fingerprint);
}
