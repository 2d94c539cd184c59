#include "core/config/toml_scan.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace rhizome::config {

namespace {

/// The length of the UTF-8 character that starts the text, 0 if none does (RFC 3629: no overlong forms, no surrogates,
/// nothing above U+10FFFF).
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80)
    return 1;
  if (first >= 0xC2 && first <= 0xDF)
    return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF)
    return continues(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF) && continues(2) ? 3 : 0;
  if (first >= 0xF0 && first <= 0xF4)
    return continues(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF) && continues(2) && continues(3) ? 4
                                                                                                                  : 0;
  return 0;
}

/// Walks over the text once, keeping apart strings, comments and everything else, as TOML 1.0 does.
class scanner {
public:
  explicit scanner(std::string_view text) : rest_(text) {}

  std::optional<scan_fault> run() {
    while (!rest_.empty() && !fault_) {
      const char c = rest_.front();
      if (c == '#')
        skip_comment();
      else if (c == '"' || c == '\'')
        skip_string(c);
      else
        structure(c);
    }
    return fault_;
  }

private:
  /// Goes one character on; records a fault instead if there is none.
  void step() {
    const auto length = character_length(rest_);
    if (length == 0)
      return refuse("the file is not UTF-8 here; save it in that encoding");
    if (rest_.front() == '\0')
      return refuse("a NUL byte cannot stand in TOML; the file is not text or is damaged");
    if (rest_.front() == '\n')
      where_ = {where_.line + 1, 1};
    else
      ++where_.column;
    rest_.remove_prefix(length);
  }

  void steps(std::size_t count) {
    while (count-- > 0 && !rest_.empty() && !fault_)
      step();
  }

  void skip_comment() {
    while (!rest_.empty() && rest_.front() != '\n' && !fault_)
      step();
  }

  void skip_string(char quote) {
    const std::string fence(3, quote);
    const bool many_lines = rest_.starts_with(fence);
    steps(many_lines ? 3 : 1);
    while (!rest_.empty() && !fault_) {
      if (!many_lines && rest_.front() == '\n')
        return; // never closed: toml++ says so
      if (quote == '"' && rest_.front() == '\\') {
        steps(2);
      } else if (many_lines ? rest_.starts_with(fence) : rest_.front() == quote) {
        steps(many_lines ? 3 : 1);
        if (many_lines) // up to two quotes of the content may stand before the closing three
          steps(std::min<std::size_t>(2, std::min(rest_.find_first_not_of(quote), rest_.size())));
        return;
      } else {
        step();
      }
    }
  }

  void structure(char c) {
    if (c == '[' || c == '{')
      ++brackets_;
    else if ((c == ']' || c == '}') && brackets_ > 0)
      --brackets_;
    if (c == '.')
      ++dots_;
    else if (std::string_view("=,[]{}\n").find(c) != std::string_view::npos)
      dots_ = 0;
    if (std::max(brackets_, dots_) > deepest_nesting)
      return refuse(fmt::format("nested deeper than {} levels, which no configuration needs", deepest_nesting));
    step();
  }

  void refuse(std::string sentence) { fault_ = scan_fault{where_, std::move(sentence)}; }

  std::string_view rest_;
  position where_;
  std::size_t brackets_ = 0;
  std::size_t dots_ = 0;
  std::optional<scan_fault> fault_;
};

} // namespace

std::optional<scan_fault> scan_toml(std::string_view text) {
  return scanner(text).run();
}

} // namespace rhizome::config
