#include "core/data/sources/csv_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "core/data/input_file.hpp"

namespace rhizome::data::sources {

namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// Splits a line into cells; null if a quote is never closed or text follows one.
std::optional<std::vector<std::string>> split(std::string_view line) {
  std::vector<std::string> cells;
  std::size_t at = 0;
  for (;;) {
    const auto start = line.find_first_not_of(" \t", at);
    if (start != std::string_view::npos && line[start] == '"') {
      std::string cell;
      for (at = start + 1;; ++at) {
        if (at >= line.size())
          return {};
        if (line[at] != '"')
          cell += line[at];
        else if (at + 1 < line.size() && line[at + 1] == '"')
          cell += line[++at];
        else
          break;
      }
      const auto comma = std::min(line.find(',', at), line.size());
      if (!trim(line.substr(at + 1, comma - at - 1)).empty())
        return {};
      cells.push_back(std::move(cell));
      at = comma;
    } else {
      const auto comma = std::min(line.find(',', at), line.size());
      cells.emplace_back(trim(line.substr(at, comma - at)));
      at = comma;
    }
    if (at == line.size())
      return cells;
    ++at;
  }
}

std::optional<float> finite_number(std::string_view cell) {
  if (cell.starts_with('+'))
    cell.remove_prefix(1);
  float value = 0;
  const auto [end, status] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (status != std::errc{} || end != cell.data() + cell.size() || !std::isfinite(value))
    return {};
  return value;
}

std::optional<std::int64_t> column_number(std::string_view label) {
  std::int64_t number = 0;
  const auto [end, status] = std::from_chars(label.data(), label.data() + label.size(), number);
  if (status != std::errc{} || end != label.data() + label.size())
    return {};
  return number;
}

/// Which column is the label's, given the first line.
result<std::size_t> find_label(const std::vector<std::string>& first_line, std::string_view label,
                               const std::filesystem::path& file) {
  const auto size = static_cast<std::int64_t>(first_line.size());
  if (const auto number = column_number(label)) {
    const auto column = *number < 0 ? *number + size : *number;
    if (column < 0 || column >= size)
      return fail(error_kind::bad_data, "{} has {} columns, so data.label has to be from {} to {}, but it is {}.",
                  file.string(), size, -size, size - 1, *number);
    return static_cast<std::size_t>(column);
  }
  const auto found = std::ranges::find(first_line, label);
  if (found == first_line.end())
    return fail(error_kind::bad_data,
                "{} has no column \"{}\" (data.label) in its first line, which is: {}. A file without a header needs "
                "the column's number, -1 for the last.",
                file.string(), label, fmt::join(first_line, ","));
  return static_cast<std::size_t>(found - first_line.begin());
}

/// Parses the lines of one file, first to last.
class csv_parser {
public:
  csv_parser(const std::filesystem::path& file, std::string_view label) : file_(file), label_(label) {}

  result<void> add_line(std::string_view line) {
    ++number_;
    if (trim(line).empty())
      return {};
    auto cells = split(line);
    if (!cells)
      return fail(error_kind::bad_data, "{}:{}: a quoted cell is not closed, or text follows it.", file_.string(),
                  number_);
    if (width_ != 0)
      return add_row(*cells);
    width_ = cells->size();
    auto column = find_label(*cells, label_, file_);
    if (!column)
      return fail(column);
    label_column_ = *column;
    table_.columns = width_ - 1;
    if (table_.columns == 0)
      return fail(error_kind::bad_data, "{} has a single column, expected features and a label, separated by commas.",
                  file_.string());
    return is_header(*cells) ? take_header(*cells) : add_row(*cells);
  }

  csv_table take() { return std::move(table_); }

private:
  bool is_header(const std::vector<std::string>& cells) const {
    if (!column_number(label_))
      return true;
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (i != label_column_ && !cells[i].empty() && !finite_number(cells[i]))
        return true;
    return false;
  }

  result<void> take_header(const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (i != label_column_)
        table_.names.push_back(cells[i]);
    return {};
  }

  result<void> add_row(std::vector<std::string>& cells) {
    if (cells.size() != width_)
      return fail(error_kind::bad_data, "{}:{}: {} cells, expected {} as in the first line.", file_.string(), number_,
                  cells.size(), width_);
    for (std::size_t i = 0; i < width_; ++i) {
      if (i == label_column_) {
        table_.labels.push_back(std::move(cells[i]));
        continue;
      }
      const auto value = finite_number(cells[i]);
      if (!value)
        return fail(error_kind::bad_data, "{}:{}: column {} is \"{}\", expected a finite number.", file_.string(),
                    number_, i, cells[i]);
      table_.features.push_back(*value);
    }
    if (table_.labels.back().empty())
      return fail(error_kind::bad_data, "{}:{}: the label is empty.", file_.string(), number_);
    return {};
  }

  const std::filesystem::path& file_;
  std::string_view label_;
  std::size_t number_ = 0; ///< of the line, from 1
  std::size_t width_ = 0;
  std::size_t label_column_ = 0;
  csv_table table_;
};

} // namespace

result<csv_table> read_csv(const std::filesystem::path& path, std::string_view label) {
  const auto file = input_file::read_all(path);
  if (!file)
    return fail(file);
  csv_parser parser(file->path, label);
  std::string_view rest = file->text;
  if (rest.starts_with("\xEF\xBB\xBF")) // byte order mark
    rest.remove_prefix(3);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    if (auto good = parser.add_line(rest.substr(0, end)); !good)
      return fail(good);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  auto table = parser.take();
  if (table.labels.empty())
    return fail(error_kind::bad_data, "{} has no rows.", file->path.string());
  return table;
}

} // namespace rhizome::data::sources
