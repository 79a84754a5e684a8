{{/* The release's name, short enough for Kubernetes. */}}
{{- define "seedbed.name" -}}
{{- printf "%s-seedbed" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "seedbed.secret" -}}
{{- .Values.existingSecret | default (include "seedbed.name" .) -}}
{{- end -}}

{{- define "seedbed.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{- define "seedbed.labels" -}}
app.kubernetes.io/name: seedbed
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "seedbed.databaseUrl" -}}
{{- if .Values.postgres.enabled -}}
{{- $password := required "postgres.password is needed: the chart's Postgres takes it from there" .Values.postgres.password -}}
{{- printf "postgresql://seedbed:%s@%s-postgres/seedbed" ($password | urlquery) (include "seedbed.name" .) -}}
{{- else -}}
{{- required "postgres.url is needed where the chart brings no Postgres" .Values.postgres.url -}}
{{- end -}}
{{- end -}}

{{/* What servers and workers have in common. The pod's name is the worker's: each is another. */}}
{{- define "seedbed.environment" -}}
- name: SEEDBED_WORKER_ID
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: SEEDBED_STORAGE_URL
  value: {{ required "s3.url is needed: all pods must reach the images" .Values.s3.url | quote }}
- name: SEEDBED_PUBLIC_URL
  value: {{ .Values.publicUrl | quote }}
- name: AWS_REGION
  value: {{ .Values.s3.region | quote }}
{{- with .Values.s3.endpoint }}
- name: AWS_ENDPOINT_URL
  value: {{ . | quote }}
{{- end }}
{{- if .Values.s3.allowHttp }}
- name: AWS_ALLOW_HTTP
  value: "true"
{{- end }}
- name: SEEDBED_TASKS_AT_HAND
  value: "2"
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end -}}

{{/* A container that needs nothing but its memory, its port and /tmp. */}}
{{- define "seedbed.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 999
capabilities: {drop: [ALL]}
{{- end -}}
