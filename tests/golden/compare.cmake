# SPDX-License-Identifier: Apache-2.0

# cmake -D PROGRAM=... [-D ARGUMENT=...] [-D NEEDS=...] -D GOLDEN=... -P compare.cmake: what the program prints is what the file
# holds, byte for byte. Skipped where a program that it needs is not there.
if(NEEDS)
    find_program(needed ${NEEDS})
    if(NOT needed)
        message("NAS_SKIP: there is no ${NEEDS}")
        return()
    endif()
endif()
execute_process(COMMAND ${PROGRAM} ${ARGUMENT} OUTPUT_VARIABLE output COMMAND_ERROR_IS_FATAL ANY)
if(DEFINED ENV{NAS_UPDATE_GOLDEN})
    file(WRITE ${GOLDEN} "${output}")
endif()
if(NOT EXISTS ${GOLDEN})
    message(FATAL_ERROR "${GOLDEN} is missing; NAS_UPDATE_GOLDEN=1 in the environment of this test writes it")
endif()
file(READ ${GOLDEN} expected)
if(NOT output STREQUAL expected)
    message(FATAL_ERROR "expected (${GOLDEN}):\n${expected}\nprinted:\n${output}")
endif()
