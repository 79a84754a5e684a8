#!/bin/sh
# Brings the pinned icon packages, the words for them, and a font into a folder; needed for training only. They never enter the repository.
#   runs/fetch_icons.sh FOLDER
set -eu
folder=${1:?usage: runs/fetch_icons.sh FOLDER}
mkdir -p "$folder"
cd "$folder"

fetch() { # package, version, folder
    [ -f "$3/package/package.json" ] && return
    archive=$(npm pack --silent "$1@$2")
    mkdir -p "$3"
    tar -xzf "$archive" -C "$3"
    rm "$archive"
}

fetch @iconify-json/noto 1.2.9 noto
fetch @iconify-json/fluent-emoji 1.2.7 fluent-emoji
fetch emojibase-data 17.0.0 emojibase
fetch @fontsource/archivo 5.3.0 archivo
