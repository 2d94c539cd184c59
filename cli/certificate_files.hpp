#pragma once

#include <filesystem>
#include <string>

#include "core/result.hpp"

namespace rhizome::cli {

// Certificates as files: DIR/ca.pem and DIR/ca.key, DIR/NAME.pem and DIR/NAME.key. A key is made with mode 0600, never
// opened up for a moment, and no file is ever overwritten.

/// Where a pair of files was written.
struct credential_files {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

/// Makes an authority in a directory, which is made where it is missing.
[[nodiscard]] result<credential_files> write_authority(const std::filesystem::path& directory, int days);

/// Issues a certificate by the authority in `directory` and writes it to `target`, which is made where it is missing.
[[nodiscard]] result<credential_files> write_certificate(const std::filesystem::path& directory,
                                                         const std::string& name, int days,
                                                         const std::filesystem::path& target);

/// Whether hosts that trust the authority would let in a host with this certificate and key, found out before the first
/// connection, which CAF would close without a word. Else a sentence that names the file.
[[nodiscard]] result<void> check_tls_files(const std::filesystem::path& authority,
                                           const std::filesystem::path& certificate, const std::filesystem::path& key);

} // namespace rhizome::cli
