#include "logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "base/json_text.h"
#include "base/line_writer.h"
#include "base/parse.h"

namespace litewatch {
namespace {

using Buffer = spdlog::memory_buf_t;

/// The message as the inside of a JSON string, which logfmt quotes the same way: file names may
/// hold anything, and a log line is one line of UTF-8.
class EscapedMessage : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, Buffer& out) override {
    std::string text;
    append_json_text({message.payload.data(), message.payload.size()}, text);
    out.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<EscapedMessage>();
  }
};

/// Standard error, which may be a pipe that nobody reads: lines are dropped then, and counted.
class StandardError : public spdlog::sinks::base_sink<std::mutex> {
 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (dropped_ > 0 && tell_dropped()) dropped_ = 0;
    if (dropped_ > 0 || !write(message)) ++dropped_;
  }
  void flush_() override {}

 private:
  bool tell_dropped() {
    const std::string text = counted(dropped_, "log line") + (dropped_ == 1 ? " was" : " were") +
                             " dropped: whoever reads them does not keep up";
    return write(spdlog::details::log_msg("litewatch", spdlog::level::warn, text));
  }

  bool write(const spdlog::details::log_msg& message) {
    Buffer line;
    formatter_->format(message, line);
    return writer_.write({line.data(), line.size()});
  }

  LineWriter writer_{STDERR_FILENO};
  std::uint64_t dropped_ = 0;
};

}  // namespace

void start_logging(const std::string& level, const std::string& format) {
  auto logger = std::make_shared<spdlog::logger>("litewatch", std::make_shared<StandardError>());
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<EscapedMessage>('*').set_pattern(
      format == "json" ? R"({"ts":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","msg":"%*"})"
                       : R"(ts=%Y-%m-%dT%H:%M:%S.%eZ level=%l msg="%*")");
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace litewatch
