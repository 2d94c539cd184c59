#include <algorithm>
#include <array>
#include <map>

#include "core/data/source.hpp"
#include "core/data/sources/leaf_json.hpp"
#include "core/data/sources/vocabulary.hpp"

namespace rhizome::data::sources {

namespace {

constexpr std::string_view padding_token = "<PAD>";
constexpr std::int32_t padding = 0, unknown = 1, first_word = 2; ///< LEAF's numbers
constexpr std::size_t tokens_per_sample = 10;

/// Samples whose tokens still have provisional numbers.
struct unnumbered {
  std::vector<std::uint32_t> tokens; ///< [samples x tokens_per_sample]
  std::vector<std::uint32_t> next;   ///< [samples]
  std::vector<std::uint32_t> users;  ///< [samples]
};

/// The token that follows a piece is its last target that is no padding; a piece without one is no sample.
const std::string* next_token(const std::vector<std::string>& targets) {
  const auto found = std::ranges::find_if(targets.rbegin(), targets.rend(),
                                          [](const std::string& token) { return token != padding_token; });
  return found == targets.rend() ? nullptr : &*found;
}

/// Appends the samples of a user. `number` makes a token its provisional number. Errors are the end of a sentence that
/// begins with the file's name.
template <class Number>
result<void> add_user(const leaf_commenter& user, std::uint32_t user_number, const Number& number, unnumbered& to) {
  for (std::size_t i = 0; i < user.pieces.size(); ++i) {
    if (user.pieces[i].size() != tokens_per_sample)
      return fail(error_kind::bad_data, "has a piece of {} tokens of the user \"{}\", expected {}",
                  user.pieces[i].size(), user.name, tokens_per_sample);
    std::array<std::uint32_t, tokens_per_sample> numbers{};
    std::ranges::transform(user.pieces[i], numbers.begin(), number);
    const auto* next = next_token(user.targets[i]);
    if (!next)
      continue;
    to.tokens.insert(to.tokens.end(), numbers.begin(), numbers.end());
    to.next.push_back(number(*next));
    to.users.push_back(user_number);
  }
  return {};
}

/// Everything that is in the two directories.
struct reddit_text {
  word_counter counter;
  unnumbered train, test;
  std::uint32_t users = 0;
};

/// Counts the tokens of the training pieces, as LEAF's build_vocab.py does: not those that only are targets.
result<reddit_text> read_text(const std::filesystem::path& path) {
  reddit_text text;
  std::map<std::string, std::uint32_t> users;
  const auto user_number = [&users](const std::string& name) {
    return users.emplace(name, static_cast<std::uint32_t>(users.size())).first->second;
  };
  const auto uncounted = [&text](const std::string& token) { return text.counter.number_of(token); };
  const auto train = read_leaf_comments(path / "train", [&](const leaf_commenter& user) {
    for (const auto& piece : user.pieces)
      for (const auto& token : piece)
        if (token != padding_token)
          text.counter.count(text.counter.number_of(token));
    return add_user(user, user_number(user.name), uncounted, text.train);
  });
  if (!train)
    return fail(train);
  const auto test = read_leaf_comments(path / "test", [&](const leaf_commenter& user) {
    return add_user(user, user_number(user.name), uncounted, text.test);
  });
  if (!test)
    return fail(test);
  text.users = static_cast<std::uint32_t>(users.size());
  return text;
}

samples numbered(unnumbered from, const std::vector<std::int32_t>& numbers, std::int64_t vocabulary) {
  samples made;
  make_features(vocabulary, made);
  append_tokens(renumber(from.tokens, numbers), made);
  made.labels = renumber(from.next, numbers);
  made.users = std::move(from.users);
  made.count = made.labels.size();
  return made;
}

result<dataset> load_reddit(const load_request& request) {
  auto text = read_text(request.path);
  if (!text)
    return fail(text);
  const auto most = static_cast<std::size_t>(request.keys.integer("vocabulary") - first_word);
  auto numbers = text->counter.numbers(most, first_word, unknown);
  const auto pad = text->counter.number_of(padding_token);
  numbers.resize(std::max<std::size_t>(numbers.size(), pad + 1));
  numbers[pad] = padding;
  dataset set;
  set.shape = {tokens_per_sample};
  set.vocabulary = request.keys.integer("vocabulary");
  set.classes = set.vocabulary;
  set.users = text->users;
  set.train = numbered(std::move(text->train), numbers, set.vocabulary);
  set.test = numbered(std::move(text->test), numbers, set.vocabulary);
  return set;
}

} // namespace

source reddit() {
  return {.variant = {"reddit",
                      "The next word of Reddit's comments after 10 tokens, by author (Caldas et al. 2019): LEAF's JSON "
                      "files in train/ and test/ of data.path.",
                      {{.name = "vocabulary",
                        .default_value = std::int64_t{9999},
                        .sentence = "Tokens that are told apart, padding and what is unknown included: the most "
                                    "frequent ones of the training text.",
                        .unit = "tokens",
                        .minimum = 3,
                        .maximum = 1e7}}},
          .load = load_reddit,
          .has_users = true,
          .how_to_get = "scripts/data/reddit.sh says how to get it from LEAF (https://github.com/TalwalkarLab/leaf, "
                        "data/reddit); name the directory that has train/ and test/ in data.path."};
}

} // namespace rhizome::data::sources
