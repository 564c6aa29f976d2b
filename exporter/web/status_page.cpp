#include "web/status_page.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/parse.h"
#include "web/html.h"
#include "web/query.h"
#include "web/status_look.h"
#include "web/status_marks.h"
#include "web/status_sections.h"
#include "web/status_style.h"
#include "web/text.h"

namespace litewatch {
namespace {

constexpr std::size_t kMostRows = 500;
constexpr std::size_t kFewColumns = 6;  // of figures; more stand closer together
constexpr std::uint64_t kFastestRefresh_s = 2;
constexpr std::uint64_t kSlowestRefresh_s = 3600;
constexpr std::string_view kProbed = "target";  // the kind of rows that /probe can be asked about

using Row = const StatusRow*;

bool worse(const StatusRow& a, const StatusRow& b) {
  if (a.health != b.health) return a.health > b.health;
  return a.name != b.name ? a.name < b.name : a.detail < b.detail;
}

/// All rows of a page, worst first.
StatusRows rows_of(const Page& page) {
  StatusRows rows;
  for (const auto& fragment : page.fragments()) {
    for (const StatusRow& row : fragment->status) rows.push_back(&row);
  }
  std::sort(rows.begin(), rows.end(), [](Row a, Row b) { return worse(*a, *b); });
  return rows;
}

std::size_t healthy_among(const StatusRows& rows) {
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](Row row) { return is_well(row->health); }));
}

std::size_t notices_among(const StatusRows& rows) {
  return static_cast<std::size_t>(std::count_if(
      rows.begin(), rows.end(), [](Row row) { return row->health == Health::kNotice; }));
}

/// What one row or several are called: "database", "databases".
std::string kind_of(const StatusRow& row, std::size_t count) {
  return std::string(row.kind) + (count == 1 ? "" : "s");
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] += 'A' - 'a';
  return text;
}

/// The page under construction.
class Writer {
 public:
  explicit Writer(Moment now) : now_(now) { out_.reserve(64 * 1024); }

  std::string take() { return std::move(out_); }

  void head(std::optional<std::uint64_t> refresh_s) {
    out_ +=
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    if (refresh_s) {
      out_ += "<meta http-equiv=\"refresh\" content=\"" + std::to_string(*refresh_s) + "\">\n";
    }
    out_ += "<title>litewatch</title>\n<style>";
    out_ += kStatusStyle;
    out_ += "</style>\n</head>\n<body>\n";
  }

  void top(const StatusRows& rows, std::string_view version, bool refreshing) {
    out_ +=
        "<header>\n<div class=\"top\"><span class=\"name\">litewatch</span>"
        "<span class=\"soft\">";
    append_html(out_, version);
    out_ +=
        "</span><nav><a href=\"/metrics\">metrics</a><a href=\"/config\">configuration</a>"
        "<a href=\"/-/healthy\">health</a>";
    out_ += refreshing ? "<a href=\"/\">stop refreshing</a>"
                       : "<a href=\"/?refresh=10\">refresh every 10 s</a>";
    out_ += "</nav></div>\n<h1>";
    append_html(out_, headline(rows));
    out_ += "</h1>\n<p class=\"soft\">";
    for (const StatusRows& kind : rows_by_kind(rows)) append_html(out_, tally(kind));
    out_ += "Seen " + utc_time(now_.unix_s) + ".</p>\n</header>\n<main>\n";
  }

  void section(const StatusSection& section) {
    in_app_ = !section.app.empty();
    out_ += "<section>\n<h2>";
    append_html(out_, in_app_ ? std::string(section.app) : title_of(section));
    out_ += "</h2>\n";
    for (const StatusRows& rows : section.tables) {
      if (in_app_) {
        out_ += "<h3>";
        append_html(out_, capitalised(kind_of(*rows.front(), rows.size())));
        out_ += "</h3>\n";
      }
      table(rows);
    }
    out_ += "</section>\n";
  }

  void empty() {
    out_ +=
        "<p>Add a database or a health endpoint to the configuration, or start litewatch with "
        "them: <code>litewatch /srv/app/data.db http://127.0.0.1:3000/healthz</code>. Containers "
        "need no entry: they are here once their control groups can be seen.</p>\n";
  }

  void left_out(std::size_t count, std::size_t healthy) {
    out_ += "<p class=\"soft\">" + std::to_string(count) + " more are left out, " +
            std::to_string(healthy) + " of them healthy.</p>\n";
  }

  void foot(std::size_t series) {
    out_ += "</main>\n<footer>" + std::to_string(series) +
            " series at <a href=\"/metrics\">/metrics</a>. Databases are only ever read: no "
            "lock, no write, no open descriptor between two looks; containers are only read, "
            "too.</footer>\n</body>\n</html>\n";
  }

 private:
  static std::string headline(const StatusRows& rows) {
    if (rows.empty()) return "Nothing is watched yet";
    const std::size_t bad = rows.size() - healthy_among(rows);
    if (bad > 0) {
      return std::to_string(bad) + " of " + std::to_string(rows.size()) +
             (bad == 1 ? " needs a look" : " need a look");
    }
    return rows.size() == 1 ? "All is well" : "All " + std::to_string(rows.size()) + " are well";
  }

  /// "Databases", or "Other databases" where an app's section has some too.
  static std::string title_of(const StatusSection& section) {
    const std::string kinds = kind_of(*section.tables.front().front(), 2);
    return section.others ? "Other " + kinds : capitalised(kinds);
  }

  static std::string tally(const StatusRows& rows) {
    const std::size_t healthy = healthy_among(rows);
    std::string text = std::to_string(rows.size()) + " " + kind_of(*rows.front(), rows.size()) +
                       ": " + std::to_string(healthy) + " healthy";
    if (const std::size_t notices = notices_among(rows); notices > 0) {
      text += " (" + std::to_string(notices) + " with a notice)";
    }
    if (healthy < rows.size()) {
      text += ", " + std::to_string(rows.size() - healthy) + " with findings";
    }
    return text + ". ";
  }

  void table(const StatusRows& rows) {
    const Row widest = *std::max_element(
        rows.begin(), rows.end(), [](Row a, Row b) { return a->cell_count < b->cell_count; });
    columns_ = std::span(widest->cells).first(widest->cell_count);
    with_history_ =
        std::any_of(rows.begin(), rows.end(), [](Row row) { return row->mark_count > 0; });
    out_ += columns_.size() > kFewColumns ? "<table class=\"wide\">" : "<table>";
    out_ += "\n<thead><tr><th>state</th><th>name</th>";
    if (with_history_) out_ += "<th>history</th>";
    for (const StatusCell& column : columns_) {
      out_ += "<th class=\"figure\">";
      append_html(out_, column.title);
      out_ += "</th>";
    }
    out_ += "</tr></thead>\n";
    for (const Row row : rows) item(*row);
    out_ += "</table>\n";
  }

  void item(const StatusRow& row) {
    const Look look = look_of(row.health);
    out_ += "<tbody class=\"item ";
    out_ += look.style;
    out_ += "\">\n<tr class=\"row\"><td><span class=\"badge\">";
    out_ += look.sign;
    out_ += " ";
    append_html(out_, row.state);
    out_ += "</span></td><td class=\"what\"><strong>";
    append_breakable_html(out_, row.name);
    out_ += "</strong>";
    if (!in_app_ && !row.app.empty() && row.app != row.name) {
      out_ += " <span class=\"of\">of ";
      append_html(out_, row.app);
      out_ += "</span>";
    }
    if (!row.detail.empty()) {
      out_ += "<div class=\"path\">";
      append_breakable_html(out_, row.detail);
      out_ += "</div>";
    }
    if (row.kind == kProbed) probe_links(row.name);
    out_ += "</td>";
    if (with_history_) history(row);
    for (std::size_t i = 0; i < columns_.size(); ++i) figure(row, i);
    out_ += "</tr>\n";
    if (!row.why.empty() || !row.next.empty()) explanation(row);
    out_ += "</tbody>\n";
  }

  /// What a probe of this target saw last, and what one sees now.
  void probe_links(std::string_view target) {
    const auto link = "<a href=\"/probe?debug=true&amp;target=" + encode_query(target);
    out_ += "<div class=\"acts\">" + link + "&amp;cached=true\">last result</a>" + link +
            "\">probe now</a></div>";
  }

  void history(const StatusRow& row) {
    const auto marks = std::span(row.marks).first(std::min(row.mark_count, row.marks.size()));
    out_ += marks.empty()
                ? "<td class=\"history none\" data-label=\"history\"><span class=\"soft\">–</span>"
                : "<td class=\"history\" data-label=\"history\">";
    out_ += marks_svg(marks) + "</td>";
  }

  void figure(const StatusRow& row, std::size_t column) {
    const auto text = column < row.cell_count ? cell_html(row.cells[column], now_.unix_s) : "";
    out_ += text.empty() ? "<td class=\"figure none\" data-label=\""
                         : "<td class=\"figure\" data-label=\"";
    append_html(out_, columns_[column].title);
    out_ += "\">";
    out_ += text.empty() ? "<span class=\"soft\">–</span>" : text;
    out_ += "</td>";
  }

  void explanation(const StatusRow& row) {
    out_ += "<tr class=\"detail\"><td colspan=\"" +
            std::to_string(columns_.size() + (with_history_ ? 3 : 2)) + "\">";
    if (!row.why.empty()) {
      out_ += "<div class=\"why\">";
      append_html(out_, row.why);
      out_ += "</div>";
    }
    if (!row.next.empty()) {
      out_ += "<div class=\"next\"><b>Next:</b> ";
      append_html(out_, row.next);
      out_ += "</div>";
    }
    out_ += "</td></tr>\n";
  }

  std::string out_;
  Moment now_;
  std::span<const StatusCell> columns_;
  bool with_history_ = false;
  bool in_app_ = false;
};

std::optional<std::uint64_t> read_refresh_s(std::string_view query) {
  while (!query.empty()) {
    auto value = take_until(query, "&");
    if (take_until(value, "=") != "refresh") continue;
    const auto seconds = parse_u64(value);
    if (!seconds) return std::nullopt;
    return std::clamp(*seconds, kFastestRefresh_s, kSlowestRefresh_s);
  }
  return std::nullopt;
}

std::string make_policy() {
  std::array<unsigned char, 32> digest{};
  std::array<unsigned char, 48> base64{};
  EVP_Digest(kStatusStyle.data(), kStatusStyle.size(), digest.data(), nullptr, EVP_sha256(),
             nullptr);
  EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(digest.size()));
  return "default-src 'none'; style-src 'sha256-" +
         std::string(reinterpret_cast<const char*>(base64.data())) +
         "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace

std::string render_status_page(const Page& page, std::string_view version, std::string_view query,
                               Moment now) {
  StatusRows rows = rows_of(page);
  const auto refresh_s = read_refresh_s(query);
  Writer writer(now);
  writer.head(refresh_s);
  writer.top(rows, version, refresh_s.has_value());
  const std::size_t total = rows.size();
  const std::size_t healthy = healthy_among(rows);
  rows.resize(std::min(total, kMostRows));
  for (const StatusSection& section : status_sections(rows)) writer.section(section);
  if (total == 0) writer.empty();
  if (total > rows.size()) writer.left_out(total - rows.size(), healthy - healthy_among(rows));
  writer.foot(page.series_count());
  return writer.take();
}

const std::string& status_page_policy() {
  static const std::string policy = make_policy();
  return policy;
}

}  // namespace litewatch
