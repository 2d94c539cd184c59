#include "core/config/ini_text.hpp"

#include <algorithm>
#include <utility>

#include "core/config/describe.hpp"

namespace rhizome::config {

namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// The line up to its comment.
std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i)
    if ((line[i] == ';' || line[i] == '#') && (i == 0 || blanks.find(line[i - 1]) != std::string_view::npos))
      return line.substr(0, i);
  return line;
}

std::string_view without_quotes(std::string_view value) {
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
    return value.substr(1, value.size() - 2);
  return value;
}

class ini_reader {
public:
  explicit ini_reader(std::string_view source) : source_(source) {}

  result<std::vector<ini_section>> read(std::string_view text) {
    while (!text.empty()) {
      ++line_;
      const auto end = text.find('\n');
      const auto line = trim(without_comment(text.substr(0, end)));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
      if (line.empty())
        continue;
      if (const auto taken = line.front() == '[' ? take_section(line) : take_entry(line); !taken)
        return fail(taken);
    }
    return std::move(sections_);
  }

private:
  template <class... Args>
  tl::unexpected<error> wrong(fmt::format_string<Args...> format, Args&&... args) const {
    return fail(error_kind::invalid_input, "{}:{}: {}", source_, line_,
                fmt::format(format, std::forward<Args>(args)...));
  }

  result<void> take_section(std::string_view line) {
    if (line.back() != ']' || trim(line.substr(1, line.size() - 2)).empty())
      return wrong("expected a section such as [DATASET], found {}", one_line(line));
    const std::string name(trim(line.substr(1, line.size() - 2)));
    if (std::ranges::find(sections_, name, &ini_section::name) != sections_.end())
      return wrong("the section [{}] is there twice", one_line(name));
    sections_.push_back({name});
    return {};
  }

  result<void> take_entry(std::string_view line) {
    const auto sign = line.find_first_of("=:");
    if (sign == std::string_view::npos || trim(line.substr(0, sign)).empty())
      return wrong("expected key = value or a section such as [DATASET], found {}", one_line(line));
    const std::string key(trim(line.substr(0, sign)));
    if (sections_.empty())
      return wrong("{} stands before the first section", one_line(key));
    auto& entries = sections_.back().entries;
    if (std::ranges::find(entries, key, &ini_entry::key) != entries.end())
      return wrong("{} is there twice in [{}]", one_line(key), one_line(sections_.back().name));
    entries.push_back({key, std::string(without_quotes(trim(line.substr(sign + 1)))), line_});
    return {};
  }

  std::string_view source_;
  std::uint32_t line_ = 0;
  std::vector<ini_section> sections_;
};

} // namespace

result<std::vector<ini_section>> read_ini(std::string_view text, std::string_view source) {
  return ini_reader(source).read(text);
}

} // namespace rhizome::config
