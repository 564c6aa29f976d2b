#include "probe/cel/cel.h"

#include <chrono>

#include "catch.h"

using namespace litewatch;

namespace {

constexpr std::string_view kBody = R"({
  "status": "up", "code": 200, "ratio": 0.5, "big": 9007199254740993, "on": true, "nothing": null,
  "empty": {}, "list": [1, 2, 3], "names": ["db", "cache"], "for": 1, "with-dash": 1,
  "checks": {"db": {"status": "up", "ms": 12}, "cache": {"status": "down", "ms": 30}},
  "text": "Grüße, 世界"
})";

/// "true", "false", or the error.
std::string run(std::string_view expression, std::string_view json = kBody) {
  const auto program = CelProgram::compile(expression);
  if (!program) return "compile: " + program.error().what;
  const auto result = program->evaluate(json);
  if (!result) return std::string(to_string(result.error().kind)) + ": " + result.error().what;
  return *result ? "true" : "false";
}

void check_true(std::initializer_list<const char*> expressions) {
  for (const char* expression : expressions) {
    INFO(expression);
    CHECK(run(expression) == "true");
  }
}
void check_false(std::initializer_list<const char*> expressions) {
  for (const char* expression : expressions) {
    INFO(expression);
    CHECK(run(expression) == "false");
  }
}
/// Each fails in evaluation with these words in its message.
void check_error(std::string_view words, std::initializer_list<const char*> expressions) {
  for (const char* expression : expressions) {
    INFO(expression);
    const std::string result = run(expression);
    INFO(result);
    CHECK(result.starts_with("unsupported: "));
    CHECK(result.find(words) != std::string::npos);
  }
}
void check_compile_error(std::string_view words, std::initializer_list<const char*> expressions) {
  for (const char* expression : expressions) {
    INFO(expression);
    const std::string result = run(expression);
    INFO(result);
    CHECK(result.starts_with("compile: "));
    CHECK(result.find(words) != std::string::npos);
  }
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("cel: what modules ask -> the answer") {
  check_true({
      "body.status == 'up'",
      "body.code == 200",
      "body.code == 200.0 && body.on",
      "body['status'] in ['up', 'ok']",
      "body.checks.all(name, body.checks[name].ms < 100)",
      "body.checks.exists(name, body.checks[name].status == 'down')",
      "has(body.checks.db) && !has(body.checks.queue)",
      "size(body.list) == 3 && body.list[0] == 1",
      "body.list.filter(x, x > 1) == [2, 3]",
      "body.status.matches('^(up|ok)$')",
      "body.status == 'up' ? body.code < 300 : false",
  });
  check_false({"body.status == 'down'", "body.checks.all(n, body.checks[n].status == 'up')"});
}

TEST_CASE("cel: literals -> their values") {
  check_true({
      "0x1F == 31 && 0x1fu == 31u && 7u == 7",
      "-9223372036854775808 < -9223372036854775807 && 9223372036854775807 > 0",
      "18446744073709551615u > 9223372036854775807",
      "1e3 == 1000 && .5 == 0.5 && 1.5e-1 == 0.15 && 2E+2 == 200.0",
      R"('a\tb\n\\\'\"' == "a\tb\n\\'\"")",
      R"('\x41\u00e9\U0001F600\101' == 'Aé😀A')",
      R"(r'\d' == '\\d' && R"\n" == '\\n')",
      "'''it's\n''' == \"it's\\n\" && \"\"\"a\"b\"\"\" == 'a\"b' && '''''' == ''",
      "r'''\\''' == '\\\\'",
      "null == body.nothing && [] == [] && {} == body.empty",
      "{'a': 1, 2: [true]}[2][0] && {'a': 1}.a == 1 && {true: 'x',}[true] == 'x'",
      "true // a comment\n && true // another",
  });
}

TEST_CASE("cel: precedence and associativity -> as langdef.md orders them") {
  check_true({
      "1 + 2 * 3 == 7",
      "(1 + 2) * 3 == 9",
      "10 - 4 - 3 == 3",
      "100 / 10 / 5 == 2",
      "7 % 4 * 2 == 6",
      "true || false && false",
      "!(true && false) == true",
      "false ? false : true ? true : false",
      "1 < 2 == true",
      "--1 == 1 && -(-1) == 1 && !!true",
      "2 - -1 == 3 && 2 -1 == 1",
      "-body.list[1] == -2.0",
      "1 in [1] == true",
  });
}

TEST_CASE("cel: && and || -> an error is ignored where the other side decides, on either side") {
  check_true({"body.no || true", "true || body.no", "1 / 0 > 0 || body.on", "body.code || true",
              "[1, 'a'].exists(x, x > 0)", "['a', 1].exists(x, x > 0)"});
  check_false(
      {"body.no && false", "false && body.no", "'text' && false", "['a', 1].all(x, x > 1)"});
  check_error("no such key: no",
              {"body.no || false", "false || body.no", "true && body.no", "body.no && true"});
  check_error("&& needs a bool, not string", {"true && 'text'", "'text' && true"});
  check_error("no such overload: string > int", {"['a', 0].exists(x, x > 0)"});
}

TEST_CASE("cel: numbers of different types -> equal and ordered; with a double as doubles") {
  check_true({
      "1 == 1u && 1u == 1.0 && 1.0 == 1 && 1 != 1.5 && -1 != 18446744073709551615u",
      "1 < 1.5 && 1u < 1.5 && 2.5 > 2u && -1 < 0u && 1u > -1 && 3.0 >= 3",
      "9223372036854775807 == 9223372036854775808.0 && 9223372036854775806 < 9223372036854775807",
      "body.big == 9007199254740993 && 9007199254740993 != 9007199254740992",
      "18446744073709551615u < 1e20 && -1e300 < -9223372036854775808 && 0u > -0.5",
      "9223372036854775807 < 9223372036854775808u",
      "body.code in [200, 201] && 200u in {200: 1} && body.code in {200: true}",
      "{1: 'a'}[1.0] == 'a' && [5, 6][1u] == 6 && body.list[1.0] == 2",
  });
  check_false({"'1' == 1", "null == false", "[1] == {}", "1 in ['1']", "'a' in {1: 2}",
               "[1] == [1, 2]", "0.0 / 0.0 == 0.0 / 0.0", "1.5 in {1: 2}"});
  check_error("NaN has no order", {"0.0 / 0.0 < 1.0", "1 < 0.0 / 0.0"});
}

TEST_CASE("cel: equality of lists and maps -> by content") {
  check_true({"[1, [2.0, 'x']] == [1.0, [2, 'x']]", "{'a': 1, 'b': 2} == {'b': 2u, 'a': 1.0}",
              "{'a': [1]} != {'a': [2]}", "{'a': 1} != {'b': 1}", "body.checks == body.checks"});
}

TEST_CASE("cel: arithmetic -> within one type; overflow and division by zero are errors") {
  check_true({"7 / 2 == 3 && -7 / 2 == -3 && -7 % 3 == -1 && 7u % 4u == 3u",
              "1.0 / 0.0 > 1e308 && 0.1 + 0.2 > 0.3", "'a' + 'b' == 'ab' && [1] + [2] == [1, 2]",
              "1u + 2u == 3u && body.ratio * 2.0 == 1"});
  check_error("integer overflow",
              {"9223372036854775807 + 1 > 0", "-9223372036854775808 - 1 < 0", "0u - 1u == 0u",
               "9223372036854775807 * 2 > 0", "18446744073709551615u + 1u > 0u",
               "-9223372036854775808 / -1 > 0", "-9223372036854775808 % -1 == 0",
               "-(-9223372036854775808) > 0"});
  check_error("division by zero", {"1 / 0 == 0", "1 % 0 == 0", "1u / 0u == 0u"});
  check_error("no such overload: double + int; JSON numbers are doubles: write 1.0",
              {"body.code + 1 == 201"});
  check_error("no such overload", {"'a' + 1 == 'a1'", "'a' - 'b' == ''", "1.0 % 2.0 == 1.0",
                                   "true + true == true", "-1u == 1u", "-'a' == 'a'", "!1 == false",
                                   "[1] < [2]", "null < null", "int < string", "1 < 'a'"});
}

TEST_CASE("cel: fields, indices and has() -> values, or what is not there") {
  check_true({"body.for == 1 && body['with-dash'] == 1", "has(body.nothing)",
              "body.list[2] == 3 && body.names[0] == 'db'", "!has(body.empty.x)"});
  check_error("at 6: no such key: missing", {"body.missing == 1"});
  check_error("no such key: \"x\"", {"body['x'] == 1"});
  check_error("no such key: 7", {"body[7] == 1"});
  check_error("no element 3 in a list of 3", {"body.list[3] == 1"});
  check_error("no element -1", {"body.list[-1] == 1"});
  check_error("no element a double in a list", {"body.list[0.5] == 1"});
  check_error("no such overload: list [] string", {"body.list['0'] == 1"});
  check_error("needs a map, not string", {"body.status.x == 1"});
  check_error("needs a map, not list", {"has(body.list.x)"});
  check_false({"has(body.status.x)", "has(body.nothing.x)", "has(body.code.x)"});
  check_error("no such key: a", {"has(body.a.b)"});
  check_true({"{'a': 1, 'a': 2} == {'a': 2}", "{1: 1, 1u: 2}[1.0] == 2"});
  check_error("a key is an int, uint, bool or string", {"{1.5: 1} == {}", "{[]: 1} == {}"});
}

TEST_CASE("cel: string functions -> by code points") {
  check_true({"size(body.text) == 9 && body.text.size() == 9", "''.size() == 0",
              "body.text.contains('世') && body.text.startsWith('Gr') && body.text.endsWith('界')",
              "body.text.contains('') && !body.text.contains('x')",
              "body.text.matches('^Gr..e') && matches('abc', 'b')",
              "['^u', 'p$'].all(r, body.status.matches(r))", "'a' < 'b' && 'Z' < 'a' && 'é' > 'z'",
              "size({'a': 1}) == 1 && {'a': 1}.size() == 1 && [1, 2].size() == 2"});
  check_error("no such overload: size(double)", {"size(body.code) == 1"});
  check_error("no such overload: contains(string, int)", {"'a'.contains(1)"});
  check_error("matches(): missing", {"'a'.matches('(' + '')"});
  check_compile_error("at 14: missing", {"'a'.matches( '(')"});
}

TEST_CASE("cel: conversions -> exact, or an error") {
  check_true({"int(1.9) == 1 && int(-1.9) == -1 && int('-12') == -12 && int(3u) == 3",
              "uint(7.9) == 7u && uint('12') == 12u && uint(3) == 3u",
              "double('1.5e3') == 1500.0 && double(2) == 2.0 && double('3') == 3.0",
              "string(1) == '1' && string(2u) == '2' && string(true) == 'true'",
              "string(1.5) == '1.5' && string(200.0) == '200' && string(1000000.0) == '1e+06'",
              "bool('true') && !bool('f') && bool(true)", "dyn(1) == 1",
              "type(1) == int && type(body.code) == double && type(null) == null_type",
              "type(body) == map && type(int) == type && type('') != list"});
  check_error("out of range",
              {"int(1e19) == 1", "int(18446744073709551615u) == 1", "uint(-1) == 1u",
               "uint(-0.5) == 0u", "uint(2e19) == 1u", "int(0.0 / 0.0) == 0"});
  check_error("no such number",
              {"int('1.5') == 1", "int('') == 0", "int('12x') == 12", "uint('-1') == 1u",
               "double('x') == 1.0", "int('9223372036854775808') == 0"});
  check_error("neither true nor false", {"bool('yes')"});
  check_error("no such overload: int(list)", {"int([]) == 1"});
}

TEST_CASE("cel: macros -> over elements of lists and keys of maps") {
  check_true({"[].all(x, false) && ![].exists(x, true)",
              "body.list.exists_one(x, x > 2) && !body.list.exists_one(x, x > 1)",
              "body.list.existsOne(x, x == 1)", "body.list.map(x, x * 2.0) == [2, 4, 6]",
              "body.list.map(x, x > 1, x * x) == [4, 9]",
              "body.checks.filter(n, body.checks[n].ms > 20) == ['cache']",
              "body.checks.map(n, size(n)) == [5, 2]",
              "body.list.all(x, body.names.exists(y, size(y) >= 2 && x > 0))",
              "[1, 2].map(x, [3, 4].map(x, x)) == [[3, 4], [3, 4]]",
              "[[1], [2]].all(x, x.all(x, x > 0) && size(x) == 1)",
              "[1].all(body, body == 1) && body.code == 200"});
  check_error("no such key", {"body.list.exists_one(x, body.no)", "body.list.map(x, body.no) == []",
                              "body.list.filter(x, body.no) == []"});
  check_error("the macro needs a bool, not double", {"body.list.all(x, x)"});
  check_error("needs a list or map, not string", {"body.status.all(x, true)"});
  check_compile_error("unknown name x", {"[1].all(x, true) && x == 1", "[x].all(x, true)"});
  check_compile_error("takes a variable's name first", {"[1].all(1, true)", "[1].all()"});
  check_compile_error("all() takes 2 arguments here, not 3", {"[1].all(x, true, true)"});
  check_compile_error("takes a field", {"has(body)", "has(body['x'])", "has(1)"});
}

TEST_CASE("cel: wrong expressions -> said when compiled, with the place") {
  CHECK(run("body.x ==") == "compile: at 10: expected a value, not the end of the expression");
  CHECK(run("bodi.x == 1") == "compile: at 1: unknown name bodi; the document is called body");
  CHECK(run("body.x = 1") == "compile: at 8: a comparison is written ==");
  CHECK(
      run("lower(body.x)").starts_with("compile: at 1: unknown function lower(); there are size"));
  CHECK(run("body.x.lower()").starts_with("compile: at 8: unknown function lower()"));
  CHECK(run("contains(body.x)") == "compile: at 1: contains() is called as value.contains(...)");
  CHECK(run("body.x.int() == 1") == "compile: at 8: int() is called as int(value)");
  CHECK(run("size(1, 2) == 1") == "compile: at 1: size() takes 1 argument here, not 2");
  CHECK(run("timestamp('x') == 1") == "compile: at 1: timestamp() is not supported");
  CHECK(run("b'x' == b'x'") == "compile: at 1: bytes literals are not supported");
  CHECK(run("'a\nb' == ''").starts_with("compile: at 3: a line ends within a string"));
  CHECK(run("'a") == "compile: at 1: the string has no end");
  CHECK(run("'\\q' == ''") == "compile: at 2: unknown escape; a backslash is written \\\\");
  CHECK(run("a\xff") == "compile: at 2: a byte that is not UTF-8");
  check_compile_error("unexpected",
                      {"1 2", "true true", "body.x)", "#", "é", "1 == 1;", "1a", "1.5x", "true]"});
  check_compile_error("expected", {"",          " ",     "(",       "()",      "[1",     "{1}",
                                   "{1:}",      "body.", "body[",   "body[]",  "1 ?",    "1 ? 2",
                                   "1 ? 2 :",   "size(", "&& true", "true &&", "!",      "-",
                                   "body.true", "0x",    "[1,]",    "body.0",  "body..x"});
  check_compile_error("reserved", {"for == 1", "while"});
  check_compile_error("too large", {"9223372036854775808", "18446744073709551616u",
                                    "0x10000000000000000", "-9223372036854775809"});
  check_compile_error("out of range", {"1e999"});
  check_compile_error("messages are not supported", {"body{x: 1}"});
  check_compile_error("unknown escape", {R"('\u12')", R"('\ud800')", R"('\U00110000')", R"('\400')",
                                         R"('\x-1')", "'\\"});
}

TEST_CASE("cel: not a bool -> an error") {
  CHECK(run("body.status") == "unsupported: the expression is a string, not a bool");
  CHECK(run("1") == "unsupported: the expression is a int, not a bool");
}

TEST_CASE("cel: bodies that are no JSON, too deep, too many -> malformed") {
  for (const char* json :
       {"", " ", "{", "{\"a\":}", "[1,]", "nul", "<html>", "1 2", "\"a", "1e999"}) {
    INFO(json);
    CHECK(run("true", json).starts_with("malformed: it is not JSON"));
  }
  const int deep = CelProgram::kMaxJsonDepth;
  CHECK(run("true", repeated("[", deep) + repeated("]", deep)) == "true");
  CHECK(run("true", repeated("[", deep + 1) + repeated("]", deep + 1)) ==
        "malformed: it is nested over 32 deep");
  CHECK(run("true", std::string(1 << 20, '[')) == "malformed: it is nested over 32 deep");
  CHECK(run("true", "[1" + repeated(",1", 300'000) + "]") ==
        "malformed: it has more than 250000 values");
}

TEST_CASE("cel: bodies of other shapes -> read as Go reads them") {
  CHECK(run("body == 1", "1") == "true");
  CHECK(run("body == null", "null") == "true");
  CHECK(run("body[0].a == 2", R"([{"a": 1, "a": 2}])") == "true");
  CHECK(run("body == '\xEF\xBF\xBD' + 'x'", "\"\xffx\"") == "true");
  CHECK(run("type(body[0]) == double && body[0] == body[1]",
            "[18446744073709551615, 1.8446744073709552e19]") == "true");
}

TEST_CASE("cel: 32 of everything in a row -> read, as the specification asks") {
  CHECK(run("true" + repeated(" && true", 500)) == "true");
  CHECK(run("false" + repeated(" || false", 500) + " || true") == "true");
  CHECK(run("1" + repeated(" + 1", 32) + " == 33") == "true");
  CHECK(run(repeated("(", 32) + "true" + repeated(")", 32)) == "true");
  CHECK(run(repeated("[", 32) + repeated("]", 32) + " != 1") == "true");
  CHECK(run(repeated("!", 1000) + "true") == "true");
  CHECK(run("body" + repeated(".a", 32) + " == 1 || true") == "true");
  CHECK(run(repeated("false ? true : ", 32) + "true") == "true");
}

TEST_CASE("cel: hostile expressions -> refused, or out of steps, in bounded time") {
  const auto before = std::chrono::steady_clock::now();
  for (const char* part :
       {"(", "[", "{1:", "-", "!", "size(", "body[", "[1].all(x,", "a ? b : ", "{"}) {
    INFO(part);
    CHECK(run(repeated(part, 500)).starts_with("compile: "));
    CHECK(run(repeated(part, 4000)).starts_with("compile: "));
  }
  CHECK(run("true" + repeated(" ", 9000)) == "compile: longer than 8192 bytes");
  CHECK(run("1" + repeated("+1", 200) + " == 1").find("nested over 64 deep") != std::string::npos);
  const char* const kOutOfSteps = "unsupported: the expression takes more than 100000 steps";
  const std::string ten = "[0,1,2,3,4,5,6,7,8,9]";
  std::string nested = "true";
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
    nested = ten + ".all(" + name + ", " + nested + ")";
  }
  CHECK(run(nested) == kOutOfSteps);
  CHECK(run(nested + " || true") == kOutOfSteps);
  CHECK(run("['xxxxxxxxxxxxxxxx']" + repeated(".map(x, x + x)", 60) + " == []") == kOutOfSteps);
  CHECK(run("[1]" + repeated(".map(x, [x, x])", 60) + " == []") == "false");
  CHECK(run("[[1]]" + repeated(".map(x, x + x)", 60) + " == []") == kOutOfSteps);
  const std::string shared = "[[1]]" + repeated(".map(x, [x, x])", 40);
  CHECK(run(shared + " == " + shared) == kOutOfSteps);
  const std::string long_text = "\"" + std::string(200'000, 'a') + "\"";
  CHECK(run(ten + ".all(a, " + ten + ".all(b, !body.matches('(a|aa)+$b')))", long_text) ==
        kOutOfSteps);
  CHECK(run(ten + ".all(a, " + ten + ".all(b, !'x'.matches('y\\\\pL{20}' + string(a))))", "1") ==
        kOutOfSteps);
  // Slow for an engine whose automaton does not fit in its memory.
  CHECK(run("body.matches('(a?){50}a{50}.{200}b[^a]{50}$')", long_text) == kOutOfSteps);
  // Quadratic for a search that begins anew at each byte.
  const std::string half(100'000, 'a');
  CHECK(run("body[0].contains(body[1])",
            "[\"" + half + half + "\", \"" + half + "b" + half + "\"]") == "false");
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(30));
}

TEST_CASE("cel: one program, many bodies -> each its own answer") {
  const auto program = CelProgram::compile("body.n > 2");
  REQUIRE(program);
  CHECK_FALSE(*program->evaluate(R"({"n": 1})"));
  CHECK(*program->evaluate(R"({"n": 3})"));
  const CelProgram copy = *program;
  CHECK(*copy.evaluate(R"({"n": 4})"));
  CHECK_FALSE(copy.evaluate("{}"));
}
