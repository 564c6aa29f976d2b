#include "web/status_page.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "catch.h"
#include "serving.h"
#include "web/html.h"
#include "web/status_marks.h"

using namespace litewatch;

namespace {

constexpr Moment kNow{1000, 1764000000};
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

StatusRow row_of(const std::string& app, const std::string& name, Health health) {
  StatusRow row;
  row.kind = "database";
  row.app = app;
  row.name = name;
  row.detail = "/srv/" + name;
  row.health = health;
  row.state = health == Health::kOk ? "healthy" : "a reader pins the WAL";
  if (health != Health::kOk) row.why = "Why it is so.";
  if (health != Health::kOk) row.next = "Do this.";
  row.cells[0] = {"size", CellKind::kBytes, 1536};
  row.cells[1] = {"last write", CellKind::kTimestampSeconds, kNow.unix_s - 12};
  row.cell_count = 2;
  return row;
}

std::string page_of(std::vector<StatusRow> rows, const std::string& query = "") {
  return render_status_page(FakePage("", std::move(rows)), "0.1.0", query, kNow);
}

bool in_order(const std::string& page, const std::vector<std::string>& parts) {
  std::size_t at = 0;
  for (const auto& part : parts) {
    at = page.find(part, at);
    if (at == std::string::npos) return false;
    at += part.size();
  }
  return true;
}

std::size_t count_of(const std::string& page, const std::string& part) {
  std::size_t count = 0;
  for (auto at = page.find(part); at != std::string::npos; at = page.find(part, at + 1)) ++count;
  return count;
}

std::string html(std::string_view text) {
  std::string out;
  append_html(out, text);
  return out;
}

StatusRow target_of(const std::string& name, std::vector<StatusMark> marks) {
  auto row = row_of("shop", name, marks.back().health);
  row.kind = "target";
  std::copy(marks.begin(), marks.end(), row.marks.begin());
  row.mark_count = marks.size();
  return row;
}

StatusRow container_of(const std::string& app, const std::string& name, Health health) {
  auto row = row_of(app, name, health);
  row.kind = "container";
  return row;
}

}  // namespace

TEST_CASE("status page: nothing watched -> says so") {
  CHECK(page_of({}).find("Nothing is watched yet") != std::string::npos);
}

TEST_CASE("status page: all healthy -> a calm headline, no explanations") {
  const auto page = page_of({row_of("a", "x", Health::kOk), row_of("b", "y", Health::kOk)});
  CHECK(page.find("<h1>All 2 are well</h1>") != std::string::npos);
  CHECK(page.find("2 databases: 2 healthy. Seen 2025-11-24 16:00:00 UTC.") != std::string::npos);
  CHECK(page.find("class=\"detail\"") == std::string::npos);
}

TEST_CASE("status page: one row -> words for one") {
  const auto page = page_of({row_of("a", "x", Health::kWarning)});
  CHECK(page.find("<h1>1 of 1 needs a look</h1>") != std::string::npos);
  CHECK(page.find("1 database: 0 healthy, 1 with findings.") != std::string::npos);
}

TEST_CASE("status page: mixed health -> worst first whatever the app, reasons given") {
  const auto page = page_of(
      {row_of("blog", "b-ok", Health::kOk), row_of("shop", "s-ok", Health::kOk),
       row_of("mail", "m-warn", Health::kWarning), row_of("shop", "s-bad", Health::kCritical),
       row_of("wiki", "w-lost", Health::kUnknown)});
  CHECK(in_order(page, {"3 of 5 need a look", "w-lost", "of wiki", "s-bad", "of shop",
                        "Why it is so.", "Next:</b> Do this.", "m-warn", "b-ok", "s-ok"}));
  CHECK(page.find("■ a reader pins the WAL") != std::string::npos);
  CHECK(page.find("✓ healthy") != std::string::npos);
}

TEST_CASE("status page: notices -> told, but no reason for a look") {
  const auto page = page_of({row_of("a", "x", Health::kOk), row_of("b", "y", Health::kNotice)});
  CHECK(page.find("<h1>All 2 are well</h1>") != std::string::npos);
  CHECK(page.find("2 databases: 2 healthy (1 with a notice). Seen") != std::string::npos);
  CHECK(page.find("Do this.") != std::string::npos);
}

TEST_CASE("status page: paths and URLs -> break behind slashes") {
  auto row = row_of("a", "http://app:3000/healthz", Health::kOk);
  row.detail = "/srv/\xff/app.db";
  const auto page = page_of({row});
  CHECK(page.find("<strong>http://<wbr>app:3000/<wbr>healthz</strong>") != std::string::npos);
  CHECK(page.find("/<wbr>srv/<wbr>\xEF\xBF\xBD/<wbr>app.db</div>") != std::string::npos);
}

TEST_CASE("status page: figures -> for people, and none where there is none") {
  auto row = row_of("a", "x", Health::kOk);
  row.cells[0].value = kNone;
  auto unanswered = row_of("a", "y", Health::kUnknown);
  unanswered.cell_count = 0;
  const auto page = page_of({unanswered, row, row_of("a", "z", Health::kOk)});
  CHECK(page.find("data-label=\"size\">1.5 KiB</td>") != std::string::npos);
  CHECK(page.find("<time title=\"2025-11-24 15:59:48 UTC\">12 s ago</time>") != std::string::npos);
  CHECK(count_of(page, "class=\"figure none\"") == 3);
  CHECK(count_of(page, "<th class=\"figure\">") == 2);
}

TEST_CASE("status page: more than 500 rows -> the unhealthy first, and a note") {
  std::vector<StatusRow> rows;
  for (int i = 0; i < 700; ++i) {
    rows.push_back(row_of("app", "db" + std::to_string(i), i < 3 ? Health::kWarning : Health::kOk));
  }
  const auto page = page_of(std::move(rows));
  CHECK(count_of(page, "<tbody class=\"item warning\">") == 3);
  CHECK(count_of(page, "<tbody class=\"item ") == 500);
  CHECK(page.find("200 more are left out, 200 of them healthy") != std::string::npos);
  CHECK(page.find("3 of 700 need a look") != std::string::npos);
}

TEST_CASE("status page: text from outside -> never markup") {
  auto row = row_of("<script>", "\"'&\xff", Health::kCritical);
  row.detail = "</td><img src=x onerror=alert(1)>";
  row.why = "<b>";
  const auto page = page_of({row}, "refresh=\"><script>");
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("<img") == std::string::npos);
  CHECK(page.find("&quot;&#39;&amp;\xEF\xBF\xBD") != std::string::npos);
}

TEST_CASE("status page: refresh -> a number within limits, or none") {
  const auto refreshes = [](const std::string& query) {
    const auto page = page_of({}, query);
    const auto at = page.find("http-equiv=\"refresh\" content=\"");
    return at == std::string::npos ? "" : page.substr(at + 30, page.find('"', at + 30) - at - 30);
  };
  CHECK(refreshes("") == "");
  CHECK(refreshes("refresh=10") == "10");
  CHECK(refreshes("a=b&refresh=10&c") == "10");
  CHECK(refreshes("refresh=0") == "2");
  CHECK(refreshes("refresh=99999999") == "3600");
  CHECK(refreshes("refresh=x") == "");
  CHECK(refreshes("refresh") == "");
}

TEST_CASE("status page: policy -> holds the hash of the style that is on the page") {
  CHECK(status_page_policy().find("style-src 'sha256-") != std::string::npos);
  CHECK(status_page_policy().find("unsafe") == std::string::npos);
  CHECK(page_of({row_of("a", "x", Health::kOk)}).find("style=") == std::string::npos);
}

TEST_CASE("status page: targets -> a table of their own, with history and links to /probe") {
  const auto page = page_of({row_of("db", "DB", Health::kOk),
                             target_of("a&b \"c\"", {{Health::kOk, 0.1F}, {Health::kOk, 0.2F}})});
  CHECK(
      in_order(page, {"1 database: 1 healthy. 1 target: 1 healthy.", "<h2>Databases</h2>",
                      "<h2>Targets</h2>", "<th>history</th>", "aria-label=\"2 of 2 succeeded\""}));
  CHECK(count_of(page, "<th>history</th>") == 1);
  CHECK(count_of(page, "<svg") == 1);
  const std::string link = "<a href=\"/probe?debug=true&amp;target=a%26b%20%22c%22";
  CHECK(in_order(page, {link + "&amp;cached=true\">last result</a>", link + "\">probe now</a>"}));
  CHECK(count_of(page, "<a href=\"/probe") == 2);
}

TEST_CASE("status page: an app with rows of several kinds -> one heading, a table for each") {
  auto container = container_of("shop", "web", Health::kWarning);
  const auto page = page_of({container_of("", "cron", Health::kOk),
                             row_of("blog", "b", Health::kOk), row_of("shop", "main", Health::kOk),
                             target_of("health", {{Health::kOk, 0.1F}}), container});
  CHECK(in_order(
      page,
      {"<h1>1 of 5 needs a look</h1>", "2 containers: 1 healthy, 1 with findings. ",
       "2 databases: 2 healthy. ", "1 target: 1 healthy.", "<h2>shop</h2>", "<h3>Target</h3>",
       "<strong>health<", "<h3>Database</h3>", "<strong>main<", "<h3>Container</h3>",
       "<strong>web<", "<h2>Other databases</h2>", "<strong>b</strong> <span class=\"of\">of blog",
       "<h2>Other containers</h2>", "<strong>cron<"}));
  CHECK(page.find("of shop") == std::string::npos);
  CHECK(count_of(page, "<table") == 5);
}

TEST_CASE("status page: an app's name from outside -> never markup in its heading") {
  auto container = container_of("<img>", "web", Health::kOk);
  const auto page = page_of({row_of("<img>", "main", Health::kOk), container});
  CHECK(page.find("<h2>&lt;img&gt;</h2>") != std::string::npos);
  CHECK(page.find("<img") == std::string::npos);
}

TEST_CASE("status page: explanation of a target -> as wide as its table") {
  const auto page = page_of({target_of("x", {{Health::kCritical, 1}})});
  CHECK(page.find("<td colspan=\"5\">") != std::string::npos);
  auto fresh = target_of("new", {{Health::kUnknown, 0}});
  fresh.mark_count = 0;
  const auto both = page_of({fresh, target_of("x", {{Health::kOk, 1}})});
  CHECK(count_of(both, "<td class=\"history none\"") == 1);
  CHECK(count_of(both, "<svg") == 1);
}

TEST_CASE("status marks: none -> nothing is drawn") { CHECK(marks_svg({}).empty()); }

TEST_CASE("status marks: bars -> right-aligned, coloured by class, as high as the value's root") {
  const std::vector<StatusMark> marks = {{Health::kOk, 1}, {Health::kWarning, 4}};
  const auto svg = marks_svg(marks);
  CHECK(in_order(svg, {"viewBox=\"0 0 95 20\"", "aria-label=\"2 of 2 succeeded, 1 with a warning\"",
                       "<title>2 of 2 succeeded, 1 with a warning</title>",
                       R"(<rect class="ok" x="88" y="10" width="3" height="10"/>)",
                       R"(<rect class="warning" x="92" y="0" width="3" height="20"/></svg>)"}));
  CHECK(svg.find("style") == std::string::npos);
}

TEST_CASE("status marks: failures -> never low, and counted") {
  std::vector<StatusMark> marks(24, {Health::kOk, 0.01F});
  marks[3] = {Health::kCritical, 0};
  marks[4] = {Health::kUnknown, 0};
  marks[23] = {Health::kCritical, 10};
  const auto svg = marks_svg(marks);
  CHECK(svg.find("21 of 24 succeeded<") != std::string::npos);
  CHECK(count_of(svg, "<rect") == 24);
  CHECK(svg.find(R"(<rect class="ok" x="0" y="17" width="3" height="3"/>)") != std::string::npos);
  CHECK(svg.find(R"(<rect class="critical" x="12" y="8" width="3" height="12"/>)") !=
        std::string::npos);
  CHECK(svg.find(R"(<rect class="unknown" x="16" y="8")") != std::string::npos);
}

TEST_CASE("status marks: values that are none -> low bars within the picture") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinite = std::numeric_limits<float>::infinity();
  const std::vector<StatusMark> marks = {
      {Health::kOk, nan}, {Health::kOk, infinite}, {Health::kOk, -1}, {Health::kNotice, 0}};
  const auto svg = marks_svg(marks);
  CHECK(count_of(svg, "height=\"3\"") == 4);
  CHECK(svg.find("4 of 4 succeeded<") != std::string::npos);
}

TEST_CASE("html: bytes -> valid UTF-8 text") {
  CHECK(html("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;&#39;");
  CHECK(html("gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xa7") == "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xa7");
  const std::string bad = "\xEF\xBF\xBD";
  CHECK(html("\xc3") == bad);
  CHECK(html("\xc0\xaf") == bad + bad);            // overlong
  CHECK(html("\xed\xa0\x80") == bad + bad + bad);  // surrogate
  CHECK(html("\xf4\x90\x80\x80") == bad + bad + bad + bad);
  CHECK(html(std::string_view("\0\x1b\x7f\n", 4)) == bad + bad + bad + "\n");
}

TEST_CASE("html: figures at their limits") {
  const auto text = [](CellKind kind, double value) {
    return cell_html({"t", kind, value}, kNow.unix_s);
  };
  CHECK(text(CellKind::kNumber, 3) == "3");
  CHECK(text(CellKind::kNumber, 123456) == "123456");
  CHECK(text(CellKind::kNumber, 99.9812) == "99.98");
  CHECK(text(CellKind::kNumber, 123.456) == "123.5");
  CHECK(text(CellKind::kNumber, 1.23456) == "1.235");
  CHECK(text(CellKind::kNumber, 0.0123456) == "0.012");
  CHECK(text(CellKind::kNumber, 0.0001) == "&lt; 0.001");
  CHECK(text(CellKind::kNumber, -0.0001) == "0");
  CHECK(text(CellKind::kNumber, 0) == "0");
  CHECK(text(CellKind::kNumber, 1e300) == "1e+300");
  CHECK(text(CellKind::kNumber, kNone).empty());
  CHECK(text(CellKind::kNumber, std::numeric_limits<double>::infinity()).empty());
  CHECK(text(CellKind::kRatio, 0) == "0 %");
  CHECK(text(CellKind::kRatio, 0.0004) == "&lt; 0.1 %");
  CHECK(text(CellKind::kRatio, 0.004) == "0.4 %");
  CHECK(text(CellKind::kRatio, 0.0094) == "0.9 %");
  CHECK(text(CellKind::kRatio, 0.0096) == "1 %");
  CHECK(text(CellKind::kRatio, 0.45) == "45 %");
  CHECK(text(CellKind::kRatio, 1) == "100 %");
  CHECK(text(CellKind::kRatio, 1.2) == "120 %");
  CHECK(text(CellKind::kRatio, std::numeric_limits<double>::max()).ends_with("inf %"));
  CHECK(text(CellKind::kRatio, kNone).empty());
  CHECK(text(CellKind::kDurationSeconds, 90) == "1 min 30 s");
  CHECK(text(CellKind::kTimestampSeconds, kNow.unix_s).find(">now<") != std::string::npos);
  CHECK(text(CellKind::kTimestampSeconds, kNow.unix_s + 60).find(">in 1 min<") !=
        std::string::npos);
  CHECK(text(CellKind::kPastTimestampSeconds, kNow.unix_s - 60).find(">1 min ago<") !=
        std::string::npos);
  CHECK(text(CellKind::kPastTimestampSeconds, kNow.unix_s + 60).find(">clock is off by 1 min<") !=
        std::string::npos);
  CHECK(text(CellKind::kTimestampSeconds, -1e300).find("\"unknown\"") != std::string::npos);
}
