#include <cstdio>

#include "base/parse.h"
#include "tool/check_report.h"
#include "tool/report.h"

namespace litewatch {

std::string check_text(const CheckReport& report) {
  Report text(false);
  for (const Finding& finding : report.findings) {
    const std::string subject = finding.subject.empty() ? "" : printable(finding.subject) + ": ";
    text.line("%s:%d: %s: %s%s", printable(finding.place.file).c_str(), finding.place.line,
              finding.rule.c_str(), subject.c_str(), printable(finding.what).c_str());
    if (!finding.mend.empty()) text.line("    -> %s", printable(finding.mend).c_str());
  }
  text.line("%s in %s, %zu waived (%.2f s)", counted(report.findings.size(), "finding").c_str(),
            counted(report.checked, report.checked_what).c_str(), report.waived.size(),
            report.seconds);
  return text.take();
}

}  // namespace litewatch
