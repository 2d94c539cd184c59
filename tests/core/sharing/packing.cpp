#include "core/sharing/codecs/packing.hpp"

#include <vector>

#include "core/random.hpp"
#include "core/sharing/codecs/bits.hpp"
#include "tests/support/doctest.hpp"

using namespace rhizome;
using namespace rhizome::sharing;

TEST_CASE("numbers are packed as one by one, whatever their width and how many there are") {
  for (unsigned bits = 1; bits <= 16; ++bits)
    for (const std::size_t count : {0U, 1U, 2U, 7U, 8U, 9U, 64U, 1001U}) {
      CAPTURE(bits);
      CAPTURE(count);
      random_stream random(1, purpose::sharing, bits, static_cast<std::uint32_t>(count));
      std::vector<std::uint32_t> numbers(count);
      detail::bit_writer one_by_one;
      for (auto& number : numbers) {
        number = random.bits32() >> (32 - bits);
        one_by_one.write(number, bits);
      }
      std::vector<std::byte> bytes(detail::packed_size(count, bits));
      detail::pack(numbers, bits, bytes);
      CHECK(bytes == one_by_one.take());
      std::vector<std::uint32_t> read(count);
      detail::unpack(bytes, bits, read);
      CHECK(read == numbers);
    }
}
