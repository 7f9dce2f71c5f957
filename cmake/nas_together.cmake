# SPDX-License-Identifier: Apache-2.0

# nas_together(variable name sources...): sets `variable` to files that hold several of the sources each, and to those
# sources that must stay alone. Half of what a test costs to compile is what it shares with its neighbours: headers, and
# the templates that all of them instantiate (tests/policies: 37 s alone, 15 s together; a precompiled header saves
# nothing on top of that, as g++ takes a second to load one).
#
# Each source lies in a namespace of its own, so that names do not clash. Its includes come before, outside of it; the
# sources themselves are included, so that messages name them. Alone stays what may not be inside of a namespace.
function(nas_together variable name)
    set(most 8)  # sources a file: more save little, and a compiler needs 1 GB for these
    set(files)
    set(count 0)
    foreach(source IN LISTS ARGN)
        cmake_path(ABSOLUTE_PATH source NORMALIZE)
        # Its includes may change.
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
        file(READ ${source} text)
        if(text MATCHES "(^|\n)[^\n/]*operator (new|delete)\\(std::|\nnamespace (nas|std)[: ]|\n *# *(define|undef)")
            list(APPEND files ${source})
            continue()
        endif()
        math(EXPR number "${count} / ${most}")
        set(file ${CMAKE_CURRENT_BINARY_DIR}/together/${name}_${number}.cpp)
        if(NOT file IN_LIST files)
            list(APPEND files ${file})
            set(includes_${number} "")
            set(sources_${number} "")
        endif()
        file(STRINGS ${source} lines REGEX "^ *# *(include|if|elif|else|endif)")
        cmake_path(GET source PARENT_PATH beside)
        foreach(line IN LISTS lines)
            # A header beside the source is found there.
            if(line MATCHES "include \"([^\"/]+)\"")
                if(EXISTS "${beside}/${CMAKE_MATCH_1}")
                    set(line "#include \"${beside}/${CMAKE_MATCH_1}\"")
                endif()
            endif()
            string(APPEND includes_${number} "${line}\n")
        endforeach()
        cmake_path(GET source STEM stem)
        string(APPEND sources_${number} "namespace source_${stem} {\n#include \"${source}\"\n}\n")
        math(EXPR count "${count} + 1")
    endforeach()
    foreach(file IN LISTS files)
        if(NOT file MATCHES "/together/${name}_([0-9]+)[.]cpp$")
            continue()
        endif()
        set(number ${CMAKE_MATCH_1})
        set(text "${includes_${number}}${sources_${number}}")
        set(old "")
        if(EXISTS ${file})
            file(READ ${file} old)
        endif()
        if(NOT text STREQUAL old)
            file(WRITE ${file} "${text}")
        endif()
    endforeach()
    set(${variable} ${files} PARENT_SCOPE)
endfunction()
