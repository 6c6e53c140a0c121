{{- define "sheaf.labels" -}}
app.kubernetes.io/name: sheaf
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "sheaf.served" -}}
{{- /* What a preset's engine calls its model (workers/gpu/presets.py): who asks it has to know. */ -}}
{{- $served := dict
  "1xh100-int4" "llama-4-scout-int4"
  "1xh200-fp8" "llama-4-scout-fp8"
  "2xh100-fp8" "llama-4-scout-fp8"
  "4xh100-bf16" "llama-4-scout-bf16"
  "8xh100-maverick-fp8" "llama-4-maverick-fp8"
-}}
{{- required (printf "gpuWorker.preset is one of %s" (keys $served | sortAlpha | join ", ")) (get $served .Values.gpuWorker.preset) -}}
{{- end }}

{{- define "sheaf.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "sheaf.pod" -}}
{{- /* What all pods of ours have: no root, no capabilities, nothing writable but their scratch. */ -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "sheaf.container" -}}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
env:
  - {name: SHEAF_DATA_DIR, value: /data}
  - {name: SHEAF_ACCESS__MASTER_KEY_PATH, value: /keys/master.key}
  - {name: SHEAF_HTTP__PUBLIC_URL, value: {{ .Values.publicUrl | default (printf "http://%s-api:%v" .Release.Name .Values.api.port) | quote }}}
  {{- if and .Values.gpuWorker.enabled .Values.gpuWorker.answers }}
  - name: SHEAF_CHAT
    value: {{ dict "kind" "openai" "dialect" "vllm" "model" (include "sheaf.served" .) "servers" (list (dict "url" (printf "http://%s-engine:8100/v1" .Release.Name))) | toJson | quote }}
  {{- end }}
  {{- range $name, $value := .Values.settings }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
  {{- if .Values.tracing.enabled }}
  - {name: SHEAF_TRACING__KIND, value: otel}
  - {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ .Values.tracing.endpoint | quote }}}
  {{- range $name, $value := .Values.tracing.variables }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
  {{- end }}
envFrom:
  - secretRef: {name: {{ .Values.secret }}}
{{- end }}

{{- define "sheaf.mounts" -}}
- {name: data, mountPath: /data}
- {name: data, mountPath: /tmp, subPath: tmp}
- {name: keys, mountPath: /keys, readOnly: true}
{{- end }}

{{- define "sheaf.volumes" -}}
- name: data
  emptyDir: {sizeLimit: {{ .Values.scratch }}}
- name: keys
  secret:
    secretName: {{ .Values.masterKeySecret }}
    defaultMode: 0440
    items: [{key: master.key, path: master.key}]
{{- end }}

{{- define "sheaf.probes" -}}
startupProbe:
  httpGet: {path: /health/live, port: health}
  periodSeconds: 5
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /health/live, port: health}
  periodSeconds: 15
  timeoutSeconds: 8
readinessProbe:
  httpGet: {path: /health/ready, port: health}
  periodSeconds: 15
  timeoutSeconds: 8
{{- end }}
