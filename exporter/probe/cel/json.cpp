#include <nlohmann/json.hpp>

#include "probe/cel/cel.h"
#include "probe/cel/utf8_view.h"
#include "probe/cel/value.h"

namespace litewatch::cel {
namespace {

using Json = nlohmann::json;

/// Builds a value from the events of a parser that has no recursion of its own.
class Builder : public Json::json_sax_t {
 public:
  bool null() override { return add(Value()); }
  bool boolean(bool value) override { return add(Value(value)); }
  bool number_integer(std::int64_t value) override { return add(Value(double(value))); }
  bool number_unsigned(std::uint64_t value) override { return add(Value(double(value))); }
  bool number_float(double value, const std::string&) override { return add(Value(value)); }
  bool string(std::string& value) override { return add(Value(std::move(value))); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(true); }
  bool start_array(std::size_t) override { return open(false); }
  bool end_object() override {
    Value map = Value(Map(std::move(open_.back().entries)));
    open_.pop_back();
    return add(std::move(map));
  }
  bool end_array() override {
    Value list = Value(std::move(open_.back().list));
    open_.pop_back();
    return add(std::move(list));
  }
  bool key(std::string& key) override {
    open_.back().entries.emplace_back(Value(std::move(key)), Value());
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    problem_ =
        position == 0 ? "it is not JSON" : "it is not JSON at byte " + std::to_string(position);
    return false;
  }

  Value& value() { return value_; }
  const std::string& problem() const { return problem_; }

 private:
  struct Open {
    bool is_map = false;
    List list;
    std::vector<Entry> entries;
  };

  bool open(bool is_map) {
    if (open_.size() == static_cast<std::size_t>(CelProgram::kMaxJsonDepth)) {
      return refuse("it is nested over " + std::to_string(CelProgram::kMaxJsonDepth) + " deep");
    }
    open_.push_back({is_map, {}, {}});
    return true;
  }
  bool add(Value value) {
    if (++count_ > CelProgram::kMaxJsonValues) {
      return refuse("it has more than " + std::to_string(CelProgram::kMaxJsonValues) + " values");
    }
    if (open_.empty()) {
      value_ = std::move(value);
    } else if (open_.back().is_map) {
      open_.back().entries.back().second = std::move(value);
    } else {
      open_.back().list.push_back(std::move(value));
    }
    return true;
  }
  bool refuse(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  std::vector<Open> open_;
  Value value_;
  std::size_t count_ = 0;
  std::string problem_;
};

}  // namespace

Result<Value> parse_json(std::string_view json) {
  const Utf8View view(json);
  Builder builder;
  if (!Json::sax_parse(view.text(), &builder)) {
    return Error{ErrorKind::kMalformed, builder.problem(), "", 0};
  }
  return std::move(builder.value());
}

}  // namespace litewatch::cel
