# The service in a container:
#   docker build -t numerist .
#   docker run -p 8000:8000 -e NUMERIST_API_KEY=... --read-only --tmpfs /tmp numerist

FROM python:3.12-slim AS built
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE LICENSES.md CMakeLists.txt ./
COPY src src
# The compiled engine is for training only.
RUN SKBUILD_WHEEL_CMAKE=false pip install --no-cache-dir --prefix /built -c constraints.txt '.[serve]'

FROM python:3.12-slim
COPY --from=built /built /usr/local
RUN useradd --no-create-home --uid 10001 numerist
USER 10001
ENV PYTHONUNBUFFERED=1
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["numerist", "serve"]
CMD ["--host", "0.0.0.0"]
