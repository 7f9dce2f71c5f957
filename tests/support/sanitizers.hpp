// SPDX-License-Identifier: Apache-2.0
#pragma once

/// NAS_TESTS_SANITIZED: whether this is compiled with a sanitizer, whose own checks open pipes and take much room: where a test
/// takes files or memory away, they see faults that are none.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NAS_TESTS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define NAS_TESTS_SANITIZED 1
#endif
#endif
#ifndef NAS_TESTS_SANITIZED
#define NAS_TESTS_SANITIZED 0
#endif
