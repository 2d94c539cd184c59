#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "core/data/input_file.hpp"
#include "core/data/source.hpp"
#include "core/data/sources/vocabulary.hpp"

namespace rhizome::data::sources {

namespace {

constexpr std::int32_t unknown = 0; ///< the number of what the vocabulary does not have

/// The text of one person, work or other source: what its characters or words are called until all are counted.
struct user_text {
  std::vector<std::uint32_t> train;
  std::vector<std::uint32_t> test;
};

/// Bytes of the UTF-8 character at the beginning of `text`; 0 where there is none.
std::size_t character_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) < 0x80                      ? 1
                             : byte(0) >= 0xC2 && byte(0) < 0xE0 ? 2
                             : byte(0) >= 0xE0 && byte(0) < 0xF0 ? 3
                             : byte(0) >= 0xF0 && byte(0) < 0xF5 ? 4
                                                                 : 0;
  if (length == 0 || length > text.size())
    return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
  return length;
}

/// What is done with each character or word, in order.
using unit_visitor = std::function<void(std::string_view)>;

/// Errors are the end of a sentence that begins with the file's name.
result<void> visit_characters(std::string_view text, const unit_visitor& visit) {
  for (std::size_t at = 0; at < text.size();) {
    const auto length = character_length(text.substr(at));
    if (length == 0)
      return fail(error_kind::bad_data,
                  "is not text in UTF-8: something is wrong at byte {}. data.unit = \"words\" takes any encoding.", at);
    visit(text.substr(at, length));
    at += length;
  }
  return {};
}

bool is_letter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '\'' ||
         byte >= 0x80;
}

/// Words in lower case, and each other visible character as a word of its own. White space is dropped.
void visit_words(std::string_view text, const unit_visitor& visit) {
  std::string word;
  for (std::size_t at = 0; at < text.size();) {
    auto end = at;
    while (end < text.size() && is_letter(text[end]))
      ++end;
    end = std::max(end, at + 1);
    word.assign(text.substr(at, end - at));
    std::ranges::transform(word, word.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    if (is_letter(text[at]) || (text[at] > ' ' && text[at] != '\x7F'))
      visit(word);
    at = end;
  }
}

/// The one file, or those of the directory in order of their names: without hidden ones, and a file that has several
/// names there once.
result<std::vector<std::filesystem::path>> text_files(const std::filesystem::path& path) {
  std::error_code failed;
  if (!std::filesystem::is_directory(path, failed))
    return std::vector{path};
  std::vector<std::filesystem::path> found, files;
  for (std::filesystem::directory_iterator entry(path, failed), end; !failed && entry != end; entry.increment(failed))
    if (std::error_code ignored; entry->is_regular_file(ignored) && !entry->path().filename().native().starts_with('.'))
      found.push_back(entry->path());
  std::ranges::sort(found);
  std::set<std::filesystem::path> known;
  for (const auto& file : found)
    if (std::error_code ignored; known.insert(std::filesystem::weakly_canonical(file, ignored)).second)
      files.push_back(file);
  if (files.empty())
    return fail(error_kind::bad_data, "There are no files in {}.", path.string());
  return files;
}

result<void> visit_file(const std::filesystem::path& path, bool words, const unit_visitor& visit) {
  const auto file = input_file::read_all(path);
  if (!file)
    return fail(file);
  if (words)
    visit_words(file->text, visit);
  else if (const auto good = visit_characters(file->text, visit); !good)
    return fail(error_kind::bad_data, "{} {}", file->path.string(), good.error().message);
  return {};
}

/// Reads all files. What follows the first (1 - `fraction`) of each is for testing: no training sample has any of it.
result<std::vector<user_text>> read_texts(const std::vector<std::filesystem::path>& files, bool words, double fraction,
                                          word_counter& counter) {
  std::vector<user_text> texts;
  for (const auto& file : files) {
    auto& text = texts.emplace_back();
    auto& train = text.train; // no structured binding: clang 14 captures none
    const auto read = visit_file(file, words, [&](std::string_view unit) { train.push_back(counter.number_of(unit)); });
    if (!read)
      return fail(read);
    const auto n_train = std::lround((1 - fraction) * static_cast<double>(train.size()));
    text.test.assign(train.begin() + n_train, train.end());
    train.resize(static_cast<std::size_t>(n_train));
    for (const auto unit : train)
      counter.count(unit);
  }
  return texts;
}

/// How samples are cut from a text.
struct cutting {
  std::size_t length = 1; ///< units of a sample
  std::size_t stride = 1; ///< from the beginning of one sample to that of the next
};

/// Appends a user's samples: `length` units each, labelled with the unit that follows.
void cut(std::span<const std::int32_t> tokens, const cutting& how, std::uint32_t user, samples& to) {
  for (std::size_t at = 0; at + how.length < tokens.size(); at += how.stride) {
    append_tokens(tokens.subspan(at, how.length), to);
    to.labels.push_back(tokens[at + how.length]);
    to.users.push_back(user);
    ++to.count;
  }
}

result<dataset> load_text(const load_request& request) {
  const auto& keys = request.keys;
  const auto files = text_files(request.path);
  if (!files)
    return fail(files);
  word_counter counter;
  const auto texts = read_texts(*files, keys.text("unit") == "words", keys.real("test_fraction"), counter);
  if (!texts)
    return fail(texts);

  const auto most = static_cast<std::size_t>(keys.integer("vocabulary") - 1);
  const auto numbers = counter.numbers(most, unknown + 1, unknown);
  const cutting how{static_cast<std::size_t>(keys.integer("sequence")),
                    static_cast<std::size_t>(keys.integer("stride"))};
  dataset set;
  set.shape = {keys.integer("sequence")};
  set.vocabulary = 1 + static_cast<std::int64_t>(std::min(most, counter.counted()));
  set.classes = set.vocabulary;
  set.users = static_cast<std::uint32_t>(texts->size());
  make_features(set.vocabulary, set.train);
  make_features(set.vocabulary, set.test);
  for (std::uint32_t user = 0; user < set.users; ++user) {
    cut(renumber((*texts)[user].train, numbers), how, user, set.train);
    cut(renumber((*texts)[user].test, numbers), how, user, set.test);
  }
  for (const auto* part : {&set.train, &set.test})
    if (part->count == 0)
      return fail(
          error_kind::bad_data,
          "{} has no text that is long enough for a {} sample of data.sequence = {} {} and the next one (of each "
          "file, data.test_fraction = {} is for testing).",
          request.path.string(), part == &set.train ? "training" : "test", how.length, keys.text("unit"),
          keys.real("test_fraction"));
  return set;
}

} // namespace

source text() {
  return {
      .variant = {"text",
                  "The next character or word of your own texts: data.path is a file, or a directory with a file for "
                  "each person, work or other source.",
                  {{.name = "unit",
                    .default_value = std::string("characters"),
                    .sentence = "What is predicted: characters (UTF-8), or words without regard to case, where each "
                                "punctuation mark is a word too.",
                    .choices = {"characters", "words"}},
                   {.name = "sequence",
                    .default_value = std::int64_t{80},
                    .sentence = "Length of a sample, from which the next character or word is predicted.",
                    .unit = "characters or words",
                    .minimum = 1,
                    .maximum = 1e5},
                   {.name = "stride",
                    .default_value = std::int64_t{1},
                    .sentence = "From the beginning of one sample to that of the next; 1 uses every place and most "
                                "memory.",
                    .unit = "characters or words",
                    .minimum = 1,
                    .maximum = 1e6},
                   {.name = "vocabulary",
                    .default_value = std::int64_t{10'000},
                    .sentence = "The most that the vocabulary may have, what is unknown included: the most frequent "
                                "of the training text are taken.",
                    .unit = "characters or words",
                    .minimum = 2,
                    .maximum = 1e7},
                   {.name = "test_fraction",
                    .default_value = 0.1,
                    .sentence = "Part at the end of each file that is for testing.",
                    .minimum = 0.001,
                    .maximum = 0.9}}},
      .load = load_text,
      .has_users = true,
      .how_to_get = "Name a text file, or a directory of text files, in data.path; any text will do, such as "
                    "/usr/share/common-licenses on Debian."};
}

} // namespace rhizome::data::sources
