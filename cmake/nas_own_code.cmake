# SPDX-License-Identifier: Apache-2.0

# nas_own_code: what this project's tests, benchmarks and examples are compiled with, and its users are not.
add_library(nas_own_code INTERFACE)
target_compile_options(nas_own_code INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(NAS_WERROR)
    target_compile_options(nas_own_code INTERFACE -Werror)
endif()
if(NAS_SANITIZE)
    set(nas_sanitize_flags -fsanitize=${NAS_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_compile_options(nas_own_code INTERFACE ${nas_sanitize_flags})
    target_link_options(nas_own_code INTERFACE ${nas_sanitize_flags})
    if(NAS_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # g++ warns of every std::atomic_thread_fence that Asio's headers hold.
        target_compile_options(nas_own_code INTERFACE -Wno-tsan)
    endif()
endif()
foreach(component IN ITEMS nas data io networks parallel)
    if(TARGET nas::${component})
        target_link_libraries(nas_own_code INTERFACE nas::${component})
    endif()
endforeach()

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(NAS_CCACHE ccache)
    mark_as_advanced(NAS_CCACHE)
    if(NAS_CCACHE)
        set(CMAKE_CXX_COMPILER_LAUNCHER ${NAS_CCACHE})
    endif()
endif()

# Only what runs from the build tree is compiled here: no -std=gnu++20, so that both compilers see the same language.
set(CMAKE_CXX_EXTENSIONS OFF)

# nas_add_program(target sources...): an executable of ours.
function(nas_add_program target)
    add_executable(${target} ${ARGN})
    target_link_libraries(${target} PRIVATE nas_own_code)
endfunction()

# What is started by hand: examples and benchmarks.
add_custom_target(nas_programs)
